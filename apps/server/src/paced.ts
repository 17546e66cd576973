/** Something that may be asked for as often as anybody likes. */
export interface Paced {
  request(): void;
  stop(): void;
}

/** Calls at once, and then once every `every_ms` at most: all that is asked for meanwhile is one more call at its end. */
export function paced(call: () => void, every_ms: number): Paced {
  let pause: NodeJS.Timeout | null = null;
  let again = false;
  const run = () => {
    again = false;
    pause = setTimeout(() => {
      pause = null;
      if (again) run();
    }, every_ms);
    call();
  };
  return {
    request() {
      if (pause === null) run();
      else again = true;
    },
    stop() {
      again = false;
      if (pause !== null) clearTimeout(pause);
    },
  };
}
