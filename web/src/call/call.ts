export function start(): void {
  document.title = 'Call';
}
