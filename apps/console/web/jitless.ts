// Before anything that loads zod: it would try `new Function`, which the policy refuses and the browser complains of.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
