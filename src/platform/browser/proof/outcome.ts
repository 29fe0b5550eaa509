/**
 * What became of an attempt to send something out. Only what a policy, a rule of the browser or the
 * absence of the means has stopped counts as stopped: an attempt that merely failed may have been on
 * its way, for the address does not exist. https://www.w3.org/TR/CSP3/#securitypolicyviolationevent
 */
export type Outcome =
  /** The security policy stopped it; the browser named the directive. */
  | { readonly kind: 'policy'; readonly directive: string }
  /** The browser's own rule against other origins stopped it. */
  | { readonly kind: 'rule'; readonly error: string }
  /** The page's own watch over where the tab goes stopped it. */
  | { readonly kind: 'guard' }
  /** There is no such means here. */
  | { readonly kind: 'absent' }
  /** It failed or passed in silence, and nothing shows that it was stopped. */
  | { readonly kind: 'unstopped'; readonly error: string }
  /** An answer came. */
  | { readonly kind: 'out' };

export const isStopped = ({ kind }: Outcome): boolean =>
  kind === 'policy' || kind === 'rule' || kind === 'guard' || kind === 'absent';

/** Thrown by an attempt that saw the page's own watch stop it. */
export class Guarded extends Error {}

/** Thrown by an attempt whose means the browser does not have. */
export class NotHere extends Error {}

/**
 * An attempt to reach `address`: resolves when something came back, rejects when it failed, and stays
 * open where the browser tells neither.
 */
export type Attempt = (address: string) => Promise<unknown>;

/** Milliseconds. */
export interface Patience {
  /** For an attempt that tells nothing. */
  readonly silence: number;
  /** For the policy's event after an attempt that has ended. */
  readonly grace: number;
}

export const patience: Patience = { silence: 3000, grace: 600 };

/**
 * Collects the policy's events by the address that was refused. Of frames and objects Chromium tells
 * the origin alone: their events are told by the directive, and count while they are waited for.
 */
export class Violations {
  readonly #seen = new Map<string, string>();
  readonly #waiting = new Map<string, (directive: string) => void>();

  constructor(target: EventTarget) {
    target.addEventListener('securitypolicyviolation', (event) => {
      const { blockedURI, effectiveDirective } = event as SecurityPolicyViolationEvent;
      this.#seen.set(blockedURI, effectiveDirective);
      for (const key of [blockedURI, `${effectiveDirective} ${blockedURI}`]) {
        this.#waiting.get(key)?.(effectiveDirective);
      }
    });
  }

  /**
   * @param byOrigin - the directive whose events name the origin alone
   * @returns the directive when `address` was or is refused
   */
  of(address: string, byOrigin?: string): Promise<string> {
    const seen = this.#seen.get(address);
    if (seen !== undefined) return Promise.resolve(seen);
    return new Promise((resolve) => {
      this.#waiting.set(address, resolve);
      if (byOrigin === undefined) return;
      this.#waiting.set(`${byOrigin} ${new URL(address).origin}`, resolve);
    });
  }
}

export interface Watch {
  readonly violations: Violations;
  /** See `Violations`. */
  readonly byOrigin?: string | undefined;
  readonly patience?: Patience;
}

/** Makes the attempt and waits for what shows its outcome. */
export async function outcomeOf(
  attempt: Attempt,
  address: string,
  { violations, byOrigin, patience: { silence, grace } = patience }: Watch,
): Promise<Outcome> {
  const refused = violations
    .of(address, byOrigin)
    .then((directive): Outcome => ({ kind: 'policy', directive }));
  const ended = (async () => attempt(address))().then(
    (): Outcome => ({ kind: 'out' }),
    (thrown: unknown): Outcome => failureOf(thrown),
  );
  const first = await Promise.race([
    refused,
    ended,
    after(silence, { kind: 'unstopped', error: '' }),
  ]);
  if (first.kind === 'policy' || first.kind === 'guard' || first.kind === 'absent') return first;
  return Promise.race([refused, after(grace, first)]);
}

function failureOf(thrown: unknown): Outcome {
  if (thrown instanceof NotHere) return { kind: 'absent' };
  if (thrown instanceof Guarded) return { kind: 'guard' };
  const error = thrown instanceof Error ? thrown.name : 'error event';
  return error === 'SecurityError' ? { kind: 'rule', error } : { kind: 'unstopped', error };
}

function after(milliseconds: number, outcome: Outcome): Promise<Outcome> {
  return new Promise((resolve) => setTimeout(() => resolve(outcome), milliseconds));
}
