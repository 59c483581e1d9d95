// Small drawings of our own, on a 16 px grid, in the colour of the text around them.

import type {ComponentChildren} from 'preact';

function Icon({
  children,
  size = 16,
  fill = 'none',
}: {
  readonly children: ComponentChildren;
  readonly size?: number;
  readonly fill?: string;
}) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill={fill}
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export function MarkIcon() {
  return (
    <svg
      width="24"
      height="24"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d="M2.5 18.5a9.5 9.5 0 0 1 19 0z" />
      <path d="M9 18.5a3 3 0 0 1 6 0M12 15.5V9M9.9 16.4 5.3 11.8M14.1 16.4l4.6-4.6" />
    </svg>
  );
}
export const SearchIcon = () => (
  <Icon size={14}>
    <circle cx="7" cy="7" r="4.5" />
    <path d="m10.5 10.5 3.5 3.5" />
  </Icon>
);
export const CloseIcon = () => (
  <Icon size={12}>
    <path d="m3 3 10 10M13 3 3 13" />
  </Icon>
);
export const ChevronIcon = () => (
  <svg
    class="fl-chevron"
    width="10"
    height="10"
    viewBox="0 0 10 10"
    fill="none"
    stroke="currentColor"
    stroke-width="1.6"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d="m3.5 2 3 3-3 3" />
  </svg>
);
export const CheckIcon = () => (
  <Icon size={14}>
    <path d="m3 8.5 3.2 3L13 4.5" />
  </Icon>
);
export const ThemeIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.5" />
    <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" stroke="none" />
  </Icon>
);
export const SettingsIcon = () => (
  <Icon>
    <path d="M2 4.5h7M12.5 4.5H14M2 11.5h1.5M7 11.5h7" />
    <circle cx="10.7" cy="4.5" r="1.8" />
    <circle cx="5.2" cy="11.5" r="1.8" />
  </Icon>
);
export const HelpIcon = () => (
  <Icon>
    <rect x="1.5" y="3.5" width="13" height="9" rx="1.6" />
    <path d="M4 6.2h.1M6.6 6.2h.1M9.3 6.2h.1M11.9 6.2h.1M4.4 9.8h7.2" />
  </Icon>
);
export const PinIcon = ({isOn}: {readonly isOn: boolean}) => (
  <Icon size={14} fill={isOn ? 'currentColor' : 'none'}>
    <path d="M5.2 2h5.6l-.7 4.4 2 2.6H3.9l2-2.6zM8 9v5" />
  </Icon>
);
export const WideIcon = () => (
  <Icon size={14}>
    <path d="M9.5 2H14v4.5M6.5 14H2V9.5M14 2 9.5 6.5M2 14l4.5-4.5" />
  </Icon>
);
export const ActualSizeIcon = () => (
  <Icon size={14}>
    <path d="M2 5V2h3M11 2h3v3M14 11v3h-3M5 14H2v-3M5.5 6.5 7 5.5v5M10.5 5.5v5" />
  </Icon>
);
export const NarrowIcon = () => (
  <Icon size={14}>
    <path d="M14 6.5H9.5V2M2 9.5h4.5V14M9.5 6.5 14 2M6.5 9.5 2 14" />
  </Icon>
);
export const MoreIcon = () => (
  <Icon size={14} fill="currentColor">
    <circle cx="3" cy="8" r=".7" />
    <circle cx="8" cy="8" r=".7" />
    <circle cx="13" cy="8" r=".7" />
  </Icon>
);
export const WarnIcon = () => (
  <Icon size={14}>
    <path d="M8 2 14.5 13.5h-13zM8 6.5v3M8 11.6v.1" />
  </Icon>
);
export const RunsIcon = () => (
  <Icon>
    <path d="M5.5 4H14M5.5 8H14M5.5 12H14M2.2 4h.1M2.2 8h.1M2.2 12h.1" />
  </Icon>
);
export const ToolsIcon = () => (
  <Icon>
    <path d="M2 4.5h12M4.5 8h7M6.5 11.5h3" />
  </Icon>
);
export const PencilIcon = () => (
  <Icon size={12}>
    <path d="M3 13l.8-3.2 7-7 2.4 2.4-7 7zM9.4 4.2l2.4 2.4" />
  </Icon>
);
export const NoteIcon = () => (
  <Icon size={12}>
    <path d="M3 2.5h10v7.5L10 13.5H3zM13 10h-3v3.5M5.5 6h5M5.5 9h2.5" />
  </Icon>
);
export const ArchiveIcon = () => (
  <Icon size={12}>
    <path d="M2 3h12v3H2zM3 6v7.5h10V6M6.5 9h3" />
  </Icon>
);
export const LinkIcon = () => (
  <Icon>
    <path d="M6.5 9.5 9.5 6.5M7.5 4.5l1.3-1.3a2.8 2.8 0 0 1 4 4L11.5 8.5M8.5 11.5l-1.3 1.3a2.8 2.8 0 0 1-4-4L4.5 7.5" />
  </Icon>
);
export const ReloadIcon = () => (
  <Icon>
    <path d="M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.5 2v3h-3" />
  </Icon>
);
export const ColumnsIcon = () => (
  <Icon size={14}>
    <path d="M2 3h12v10H2zM6 3v10M10 3v10" />
  </Icon>
);
