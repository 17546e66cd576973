/**
 * One request to a part beside the hub. `effect` happens at once and whole, when the request arrives; whatever the caller
 * does between two requests, others may come between them. The simulation delays, repeats, loses and refuses requests.
 *
 * @param name of the part and what it is asked, as `ledger.commit`
 */
export type Rpc = <T>(name: string, effect: () => T) => Promise<T>;

/** Every request arrives at once. */
export const direct: Rpc = async (_name, effect) => effect();
