// Waiting for something to happen, with a limit and never by sleeping.

const LIMIT_MS = 30_000;

/** The promise of `start`, which gets `resolve` and `reject`; fails with `what` when it takes too long. */
export function within(what, start, limit = LIMIT_MS) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`waited ${limit} ms for ${what}`)), limit);
        const done = (settle) => (value) => (clearTimeout(timer), settle(value));
        Promise.resolve(start(done(resolve), done(reject))).catch(done(reject));
    });
}

/** The first value of an observable that passes `wanted`. */
export async function first(observable, wanted, what) {
    let subscription;
    try {
        return await within(what, (resolve, reject) => {
            subscription = observable.subscribe({
                next: (value) => wanted(value) && resolve(value),
                error: reject,
                complete: () => reject(new Error(`ended before ${what}`)),
            });
        });
    } finally {
        subscription?.unsubscribe();
    }
}

/** Every value of an observable that completes. */
export async function all(observable, what) {
    const values = [];
    await within(what, (resolve, reject) => {
        observable.subscribe({ next: (value) => values.push(value), error: reject, complete: resolve });
    });
    return values;
}
