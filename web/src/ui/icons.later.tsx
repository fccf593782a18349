/** The icons that the chat does not open with. Import them from `icons.tsx`. */
import { icon } from './icon.tsx';

export const InfoIcon = /* @__PURE__ */ icon(
  'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM12 11v5M12 8v.1',
);
export const ImageIcon = /* @__PURE__ */ icon(
  'M5 4h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM4 17l5-5 4 4 3-3 4 4M15.5 8.5v.1',
);
export const FileIcon = /* @__PURE__ */ icon(
  'M13.5 3.5H7a1 1 0 0 0-1 1v15a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V8zM13.5 3.5V8H18',
);
export const DownloadIcon = /* @__PURE__ */ icon('M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 19.5h14');
export const MicIcon = /* @__PURE__ */ icon(
  'M12 3.5a2.8 2.8 0 0 1 2.8 2.8v5a2.8 2.8 0 0 1-5.6 0v-5A2.8 2.8 0 0 1 12 3.5zM5.8 11a6.2 6.2 0 0 0 12.4 0M12 17.2v3.3',
);
export const MicOffIcon = /* @__PURE__ */ icon(
  'M9.2 9.2v2.1a2.8 2.8 0 0 0 4.5 2.2M14.8 10.5V6.3a2.8 2.8 0 0 0-5.3-1.3M5.8 11a6.2 6.2 0 0 0 10 4.9M18.2 11c0 .9-.2 1.7-.5 2.5M12 17.2v3.3M3.5 3.5l17 17',
);
export const CameraOffIcon = /* @__PURE__ */ icon(
  'M10 6.5h4A1.5 1.5 0 0 1 15.5 8v2.5l5.5-3v9l-3-1.6M15.3 16.9c-.3.4-.8.6-1.3.6H4.5A1.5 1.5 0 0 1 3 16V8c0-.6.3-1.1.8-1.3M3.5 3.5l17 17',
);
export const ScreenIcon = /* @__PURE__ */ icon(
  'M4.5 4.5h15A1.5 1.5 0 0 1 21 6v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 15V6a1.5 1.5 0 0 1 1.5-1.5zM8.5 20h7M12 16.5V20M12 13.2V8M9.5 10.2L12 7.7l2.5 2.5',
);
export const PageIcon = /* @__PURE__ */ icon(
  'M21 11V6a1.5 1.5 0 0 0-1.5-1.5h-15A1.5 1.5 0 0 0 3 6v11.5A1.5 1.5 0 0 0 4.5 19H11M3 8.5h18M13.5 12.5l7.5 3-3.3 1.2L16.5 20z',
);
export const HangUpIcon = /* @__PURE__ */ icon(
  'M3 14.5c0-.8.3-1.5.9-2a12.5 12.5 0 0 1 16.2 0c.6.5.9 1.2.9 2v1.3c0 .6-.5 1-1.1.9l-3.2-.6a1 1 0 0 1-.8-.9l-.2-2a10.5 10.5 0 0 0-7.4 0l-.2 2a1 1 0 0 1-.8.9l-3.2.6a.9.9 0 0 1-1.1-.9z',
);
export const SettingsIcon = /* @__PURE__ */ icon(
  'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4zM9 14.8a2.2 2.2 0 1 1 0 4.4 2.2 2.2 0 0 1 0-4.4z',
);
export const BackIcon = /* @__PURE__ */ icon('M14.5 5.5L8 12l6.5 6.5');
export const SearchIcon = /* @__PURE__ */ icon(
  'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.3 15.3L20.5 20.5',
);
export const PlusIcon = /* @__PURE__ */ icon('M12 5v14M5 12h14');
export const CopyIcon = /* @__PURE__ */ icon(
  'M9.5 8.5h9a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zM15.5 8.5v-3a1 1 0 0 0-1-1h-9a1 1 0 0 0-1 1v9a1 1 0 0 0 1 1h3',
);
export const LinkIcon = /* @__PURE__ */ icon(
  'M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1',
);
export const ExternalIcon = /* @__PURE__ */ icon(
  'M13.5 4.5h6v6M19.5 4.5L11 13M17 13.5v5a1 1 0 0 1-1 1H5.5a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1h5',
);
export const PersonIcon = /* @__PURE__ */ icon(
  'M12 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM5 19.5c.6-3.2 3.5-5 7-5s6.4 1.8 7 5',
);
export const PeopleIcon = /* @__PURE__ */ icon(
  'M9 5a3.2 3.2 0 1 1 0 6.4A3.2 3.2 0 0 1 9 5zM3 19c.5-2.9 3-4.5 6-4.5s5.5 1.6 6 4.5M15.5 5.3a3.2 3.2 0 0 1 0 5.9M17.5 14.9c1.9.6 3.2 2 3.5 4.1',
);
export const ChatIcon = /* @__PURE__ */ icon(
  'M12 4.5c4.7 0 8.5 3.1 8.5 7s-3.8 7-8.5 7c-1 0-2-.1-2.9-.4L4.5 20l1-3.6c-1.3-1.3-2-3-2-4.9 0-3.9 3.8-7 8.5-7z',
);
export const InboxIcon = /* @__PURE__ */ icon(
  'M4 13.5l2.5-8h11l2.5 8v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1zM4 13.5h4.5a3.5 3.5 0 0 0 7 0H20',
);
export const NoteIcon = /* @__PURE__ */ icon(
  'M5 4.5h14a.5.5 0 0 1 .5.5v9.5l-5 5H5a.5.5 0 0 1-.5-.5V5a.5.5 0 0 1 .5-.5zM14.5 19.5v-5h5M8.5 9h7M8.5 12.5h3.5',
);
export const TransferIcon = /* @__PURE__ */ icon(
  'M4 8.5h14M14.5 5l3.5 3.5-3.5 3.5M20 15.5H6M9.5 12L6 15.5 9.5 19',
);
export const ReturnIcon = /* @__PURE__ */ icon(
  'M9 5.5L4.5 10 9 14.5M4.5 10h9.5a5.5 5.5 0 0 1 0 9H11',
);
export const SoundIcon = /* @__PURE__ */ icon(
  'M4 9.5h3.5L12 5.5v13l-4.5-4H4zM15.5 9a4.2 4.2 0 0 1 0 6M18 6.5a7.8 7.8 0 0 1 0 11',
);
export const SoundOffIcon = /* @__PURE__ */ icon(
  'M4 9.5h3.5L12 5.5v13l-4.5-4H4zM16 9.5l5 5M21 9.5l-5 5',
);
export const BellIcon = /* @__PURE__ */ icon(
  'M12 4a5.5 5.5 0 0 1 5.5 5.5c0 4.5 2 6 2 6h-15s2-1.5 2-6A5.5 5.5 0 0 1 12 4zM10 18.5a2.1 2.1 0 0 0 4 0',
);
export const GlobeIcon = /* @__PURE__ */ icon(
  'M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17zM3.8 12h16.4M12 3.5c2.5 2.3 3.7 5.1 3.7 8.5s-1.2 6.2-3.7 8.5c-2.5-2.3-3.7-5.1-3.7-8.5S9.5 5.8 12 3.5z',
);
export const KeyboardIcon = /* @__PURE__ */ icon(
  'M4 6.5h16a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1zM7 10.5v.1M10.3 10.5v.1M13.7 10.5v.1M17 10.5v.1M8.5 14h7',
);
export const SignOutIcon = /* @__PURE__ */ icon(
  'M10.5 4.5h-5a1 1 0 0 0-1 1v13a1 1 0 0 0 1 1h5M14.5 8l4.5 4-4.5 4M19 12h-9',
);
export const SunIcon = /* @__PURE__ */ icon(
  'M12 8.2a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6zM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M5.6 18.4l1.1-1.1M17.3 6.7l1.1-1.1',
);
export const MoonIcon = /* @__PURE__ */ icon('M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z');
export const RecordIcon = /* @__PURE__ */ icon(
  'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
);
export const PipIcon = /* @__PURE__ */ icon(
  'M4.5 5h15A1.5 1.5 0 0 1 21 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5v-11A1.5 1.5 0 0 1 4.5 5zM12.5 12h5.5v4h-5.5z',
);
export const RetryIcon = /* @__PURE__ */ icon(
  'M19.5 12a7.5 7.5 0 1 1-2.3-5.4L19.5 9M19.5 4.5V9H15',
);
export const FilterIcon = /* @__PURE__ */ icon('M4 6.5h16M7 12h10M10.5 17.5h3');
export const SortIcon = /* @__PURE__ */ icon(
  'M7.5 4.5v15M4 16l3.5 3.5L11 16M16.5 19.5v-15M13 8l3.5-3.5L20 8',
);

/** A shield with a check. */
export const VerifiedIcon = /* @__PURE__ */ icon(
  'M12 3.5l7 2.5v5.5c0 4.3-3 7.3-7 9-4-1.7-7-4.7-7-9V6zM8.7 11.8l2.4 2.4 4.2-4.5',
);
