/**
 * Ways out of the page that no Content-Security-Policy closes, taken away at its start: a peer
 * connection, another address for the tab, and another window. Workers have none of them. The header
 * `Connection-Allowlist` closes them as well, where the browser knows it (scripts/security-headers.ts).
 */
const peerConnections = ['RTCPeerConnection', 'webkitRTCPeerConnection', 'mozRTCPeerConnection'];

/** The part of a `NavigateEvent` that is used; https://html.spec.whatwg.org/#the-navigateevent-interface */
interface Going extends Event {
  readonly destination: { readonly url: string };
}

export function closeChannels(): void {
  for (const name of peerConnections) Reflect.deleteProperty(window, name);
  Reflect.deleteProperty(window, 'open');
  const { navigation } = window as { navigation?: EventTarget };
  navigation?.addEventListener('navigate', stayHere);
  document.addEventListener('click', openNoWindow, { capture: true });
}

/** Whatever the page's programs ask for. An address that is typed, or a bookmark, asks no page. */
function stayHere(event: Event): void {
  if (!isHere((event as Going).destination.url)) event.preventDefault();
}

/** A link with a target leaves for another window, which is no navigation of this one. */
function openNoWindow(event: MouseEvent): void {
  const link = event.composedPath().find((part) => part instanceof HTMLAnchorElement);
  if (link !== undefined && link.href !== '' && !isHere(link.href)) event.preventDefault();
}

/** Downloads have addresses of their own scheme, with the page's origin. */
function isHere(address: string): boolean {
  return URL.canParse(address) && new URL(address).origin === location.origin;
}
