// The program that builds the console into the folder given. Run by `build.ts` alone.
process.once('disconnect', () => process.exit(1));
const outDir = process.argv[2];
if (outDir === undefined) throw new Error('bundle.ts OUTDIR');

// Vite is loaded here and nowhere else: a server whose console is built never loads it.
const [{ build, mergeConfig }, { default: config }] = await Promise.all([import('vite'), import('../vite.config.ts')]);
await build(mergeConfig(config, { configFile: false, logLevel: 'warn', build: { outDir } }));
process.disconnect?.();
process.exit(0);
