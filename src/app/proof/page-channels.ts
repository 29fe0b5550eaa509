/**
 * Ways out of a page: those it shares with workers, and those that need a document. Elements are put
 * into a place that is not seen, and stay there, so that a slow attempt is not cut short.
 */
import { commonAttempts, until, WORD } from '../../platform/browser/proof/channels.ts';
import { Guarded, NotHere, type Attempt } from '../../platform/browser/proof/outcome.ts';

/** Stays open: the browser tells nothing of how it ended. */
const silence = (): Promise<never> => new Promise(() => undefined);

/** The part of https://html.spec.whatwg.org/#the-navigation-interface that is used. */
interface Navigation extends EventTarget {
  navigate(address: string): { readonly committed: Promise<unknown>; finished: Promise<unknown> };
}

/** Sends the tab there: tried only where a watch can stop it, for else the proof would be gone. */
const goThere: Attempt = async (address) => {
  const { navigation } = window as { navigation?: Navigation };
  if (navigation === undefined) throw new Error('not tried');
  let isStopped = false;
  const look = (event: Event): void => void (isStopped = event.defaultPrevented);
  // It was added later than the watch, and hears the event after it.
  navigation.addEventListener('navigate', look, { once: true });
  const { committed, finished } = navigation.navigate(address);
  finished.catch(() => undefined);
  await committed.catch(() => {
    throw isStopped ? new Guarded() : new Error('refused');
  });
};

/** @param place - an element of the page in which the attempts may put theirs */
export function pageAttempts(place: HTMLElement) {
  function put<Name extends keyof HTMLElementTagNameMap>(
    name: Name,
    properties: Partial<HTMLElementTagNameMap[Name]>,
  ): HTMLElementTagNameMap[Name] {
    const element = Object.assign(document.createElement(name), properties);
    place.append(element);
    return element;
  }
  const link = (rel: string, as?: string): Attempt => {
    return (href) => until(put('link', { rel, href, ...(as === undefined ? {} : { as }) }), 'load');
  };

  return {
    fetch: commonAttempts.fetch,
    xhr: commonAttempts.xhr,
    beacon: (address) => {
      // It says yes before the policy has spoken.
      return navigator.sendBeacon(address, WORD) ? silence() : Promise.reject(new Error('refused'));
    },
    fetchLater: (address) => {
      const { fetchLater } = window as { fetchLater?: (url: string, options: object) => unknown };
      if (fetchLater === undefined) throw new NotHere();
      fetchLater(address, { method: 'POST', body: WORD, activateAfter: 0 });
      return silence();
    },
    websocket: commonAttempts.websocket,
    eventsource: commonAttempts.eventsource,
    webtransport: commonAttempts.webtransport,
    peer: commonAttempts.peer,
    navigation: goThere,
    popup: (address) => {
      if (typeof window.open !== 'function') throw new NotHere();
      return window.open(address) === null ? Promise.reject(new Error('refused')) : silence();
    },
    ping: (address) => {
      // A link that stays on the page: following it sends the ping.
      put('a', { href: `#${WORD}`, ping: address }).click();
      return silence();
    },
    image: (src) => until(put('img', { src, alt: '' }), 'load'),
    background: (address) => {
      put('p', {}).style.backgroundImage = `url("${address}")`;
      return silence();
    },
    stylesheet: link('stylesheet'),
    styleImport: (address) => {
      return until(put('style', { textContent: `@import url("${address}");` }), 'load');
    },
    font: (address) => new FontFace(WORD, `url("${address}")`).load(),
    media: (src) => until(put('audio', { src, preload: 'auto' }), 'loadeddata'),
    iframe: (src) => until(put('iframe', { src, title: WORD }), 'load'),
    object: (data) => until(put('object', { data }), 'load'),
    form: (action) => {
      const name = `${WORD}-form`;
      put('iframe', { name, title: name });
      put('form', { action, method: 'post', target: name }).submit();
      return silence();
    },
    prefetch: link('prefetch'),
    preload: link('preload', 'image'),
    script: (src) => until(put('script', { src }), 'load'),
    import: commonAttempts.import,
    worker: commonAttempts.worker,
    moduleWorker: commonAttempts.moduleWorker,
    sharedWorker: (address) => {
      if (!('SharedWorker' in window)) throw new NotHere();
      const worker = new SharedWorker(address);
      // Nothing comes back from a script that is not ours: an error is all that is ever heard.
      return until(worker, 'message');
    },
  } satisfies Record<string, Attempt>;
}

export type PageChannel = keyof ReturnType<typeof pageAttempts>;
