/** Every sentence of the proof page that the main page does not have; see `../strings.ts`. */
import type { Outcome } from '../../platform/browser/proof/outcome.ts';
import type { WorkerChannel } from '../../platform/browser/proof/worker-proof.ts';
import { bytes, count } from '../lib/format.ts';
import type { HeaderSource } from './headers.ts';
import type { PageChannel } from './page-channels.ts';
import type { Verdict } from './verdict.ts';
import type { WorkerKind } from './worker-runs.ts';

export const words = {
  title: 'Proof',
  lead: 'Capsule says that nothing leaves this computer. Here the page tries to break its own word: it sends a message to an outside address by every way that a browser gives to a program, from itself and from its workers.',
  back: 'Back to Capsule',
  skip: 'Skip to the content',
  target: (origin: string): string => `Outside address: ${origin}.`,
  invalid: 'Such a name belongs to nobody, so even a way that is open would reach no one.',
  loopback: 'A server on this same computer.',
  again: 'Try again',
  verdict: {
    running: ({ stopped, doubtful, all }: Verdict): string =>
      `Trying: ${count(stopped + doubtful)} of ${count(all)}`,
    closed: ({ all }: Verdict): string => `Nothing got out: ${count(all)} of ${count(all)} stopped`,
    doubtful: ({ doubtful, all }: Verdict): string =>
      `Not proven: ${count(doubtful)} of ${count(all)} were not stopped`,
    open: ({ out, all }: Verdict): string => `${count(out)} of ${count(all)} GOT OUT`,
  } satisfies Record<Verdict['kind'], (verdict: Verdict) => string>,
  verdictHelp: {
    running: 'Each line is an attempt on its way to the wall.',
    closed: 'Each line is an attempt; each ends at the wall.',
    doubtful:
      'They failed, but no policy was seen to stop them: the address does not answer. Do not open confidential scans here.',
    open: 'An answer came from outside. Do not open confidential scans here.',
  } satisfies Record<Verdict['kind'], string>,
  waiting: 'Waiting for the service worker, which brings the headers that this host does not send.',
  fromPage: 'From the page',
  fromPageHelp:
    'What stopped each attempt: the directive of the security policy that the browser named, its rule against other origins, the page’s own watch over where the tab goes, or that there is no such means.',
  way: 'Way out',
  outcome: 'Outcome',
  noticed: 'Stopped by',
  page: {
    fetch: 'fetch, a request with a body',
    xhr: 'XMLHttpRequest',
    beacon: 'sendBeacon, which outlives the page',
    fetchLater: 'fetchLater, sent when the page is gone',
    websocket: 'WebSocket',
    eventsource: 'EventSource',
    webtransport: 'WebTransport over HTTP/3',
    peer: 'RTCPeerConnection, STUN',
    navigation: 'Sending the tab to the address',
    popup: 'Another window',
    ping: 'Ping of a link that is clicked',
    form: 'Form that is posted',
    image: 'Image',
    background: 'Background of a style',
    stylesheet: 'Style sheet',
    styleImport: 'Import in a style',
    font: 'Font',
    media: 'Sound or film',
    iframe: 'Frame',
    object: 'Embedded object',
    prefetch: 'Prefetch',
    preload: 'Preload',
    script: 'Script',
    import: 'Module import',
    worker: 'Worker from outside, classic',
    moduleWorker: 'Worker from outside, module',
    sharedWorker: 'Shared worker from outside',
  } satisfies Record<PageChannel, string>,
  fromWorkers: 'From its workers',
  byKind: 'Outcomes by kind of worker',
  fromWorkersHelp:
    'Networks are trained in a worker, so scans are there. A policy that only the page carries does not reach a worker loaded by its address; one in the headers of every answer does.',
  worker: {
    fetch: 'fetch',
    xhr: 'XMLHttpRequest',
    websocket: 'WebSocket',
    eventsource: 'EventSource',
    webtransport: 'WebTransport',
    import: 'Module import',
    importScripts: 'importScripts',
    worker: 'Worker from outside',
    peer: 'RTCPeerConnection',
  } satisfies Record<WorkerChannel, string>,
  kind: {
    classic: 'Classic',
    module: 'Module',
    shared: 'Shared',
    blob: 'From a blob',
  } satisfies Record<WorkerKind, string>,
  missing: (kinds: string): string => `This browser did not start: ${kinds}.`,
  state: {
    policy: 'blocked',
    rule: 'blocked',
    guard: 'blocked',
    absent: 'not there',
    unstopped: 'not stopped',
    out: 'GOT OUT',
    pending: 'to come',
  },
  by: (outcome: Outcome, channel = ''): string => {
    switch (outcome.kind) {
      case 'policy':
        return `policy: ${outcome.directive}`;
      case 'rule':
        return `the browser: ${outcome.error}`;
      case 'absent':
        return channel === 'peer' || channel === 'popup' ? 'taken away' : 'no such means here';
      case 'guard':
        return 'the page, which lets the tab go nowhere else';
      case 'unstopped':
        return outcome.error === ''
          ? 'nothing that was heard'
          : `nothing; it failed: ${outcome.error}`;
      case 'out':
        return 'nothing; an answer came';
    }
  },
  force: 'What is in force',
  forceHelp: 'Read from an answer to this page’s own address.',
  header: 'Header',
  source: 'Sent by',
  sources: {
    host: 'the host',
    'service worker': 'the service worker',
    both: 'the host, and the service worker',
    none: 'nobody',
  } satisfies Record<HeaderSource, string>,
  isolated: 'Isolated from other origins',
  meta: 'Policy in the page itself',
  yes: 'yes',
  no: 'no',
  offline: 'Without the network',
  offlineState: {
    absent: 'Not possible: this browser, or this address, allows no service worker.',
    asking: 'Asking the browser.',
    installing: 'Keeping the files of this build.',
    failed:
      'Not ready: the files of this build could not be kept, or the host changed them on the way.',
    ready: 'Ready: every file of this build is kept in this browser.',
  },
  offlineHelp:
    'The plainest proof: switch the network off, load Capsule again, open your scans and train. Nothing will be missing.',
  kept: 'Files kept',
  keptOf: (kept: number, files: number): string => `${count(kept)} of ${count(files)}`,
  size: 'Size',
  sizeOf: (size: number): string => bytes(size),
  build: 'Build',
  limits: 'What this does not cover',
  limitsList: [
    'Browser extensions: they stand above the page and its policy. Use a profile without any.',
    'Screenshots, shared screens, and everything else that sees what you see.',
    'Files that you download and pass on. The weights of a network may remember something of the scans it has seen.',
    'Where you go yourself: an address that you type, or a bookmark. Where a program sends the tab, this page says no, and where the browser knows the header Connection-Allowlist (Chrome from version 152) it says no as well.',
    'Browsers without that header, and then only a program that was written to get out: a peer connection can be dug out of an empty frame, a link that is in no page can open a window, and names can be looked up ahead of a visit. Capsule’s code does none of these.',
    'The host that sends you the page. The policy lets the page ask it for files, and whoever controls it could send another page. Once the service worker is in place it gives out kept files alone.',
    'A host that sends no headers, on the first visit: until the service worker has brought them and the page has been loaded again, only the policy in the page holds, and workers are not under it. The service worker itself stays without one there; it is short enough to be read.',
  ],
  readWorker: 'Read the service worker',
  ended: (sentence: string): string => `The attempts have been made. ${sentence}.`,
} as const;
