/** What the pages of the demo bank say, in Finnish, Swedish and English. */

export const TEXTS = {
  en: {
    mark: 'Demo bank: not a real bank',
    what: 'Nothing here identifies a real person. Never type codes of a real bank.',
    title: (shop) => `Identify yourself to ${shop}`,
    who: 'Choose who you are today',
    born: 'Test code',
    passed: (shop) => `${shop} gets your name and personal identity code.`,
    go: 'Continue',
    cancel: 'Cancel',
    leaving: 'Back to the shop…',
    goOn: 'Go on if nothing happens',
    over: 'This login is over',
    overWhat:
      'It was used already, took too long, or began elsewhere. Close this window and begin again in the chat.',
    home: 'A bank for trying out identification, running on this machine. Begin in the chat of the demo shop.',
  },
  fi: {
    mark: 'Demopankki: ei oikea pankki',
    what: 'Täällä ei tunnisteta ketään oikeaa ihmistä. Älä koskaan syötä oikean pankin tunnuksia.',
    title: (shop) => `Tunnistaudu: ${shop}`,
    who: 'Valitse, kuka olet tänään',
    born: 'Testitunnus',
    passed: (shop) => `${shop} saa nimesi ja henkilötunnuksesi.`,
    go: 'Jatka',
    cancel: 'Peruuta',
    leaving: 'Takaisin kauppaan…',
    goOn: 'Jatka, jos mitään ei tapahdu',
    over: 'Tämä tunnistautuminen on päättynyt',
    overWhat:
      'Se on jo käytetty, kesti liian kauan tai alkoi muualla. Sulje tämä ikkuna ja aloita chatissa uudelleen.',
    home: 'Pankki tunnistautumisen kokeiluun tällä koneella. Aloita demokaupan chatissa.',
  },
  sv: {
    mark: 'Demobank: ingen riktig bank',
    what: 'Ingen riktig person identifieras här. Skriv aldrig in koder till en riktig bank.',
    title: (shop) => `Identifiera dig för ${shop}`,
    who: 'Välj vem du är i dag',
    born: 'Testnummer',
    passed: (shop) => `${shop} får ditt namn och din personbeteckning.`,
    go: 'Fortsätt',
    cancel: 'Avbryt',
    leaving: 'Tillbaka till butiken…',
    goOn: 'Fortsätt om inget händer',
    over: 'Den här identifieringen är över',
    overWhat:
      'Den är redan använd, tog för lång tid eller började någon annanstans. Stäng fönstret och börja om i chatten.',
    home: 'En bank för att prova identifiering på den här datorn. Börja i demobutikens chatt.',
  },
};
