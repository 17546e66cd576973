import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** How the console is built: static files with hashed names, nothing inline, so that `script-src 'self'` is enough. */
export default defineConfig({
  root: fileURLToPath(new URL('web/', import.meta.url)),
  base: '/',
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('dist/', import.meta.url)),
    emptyOutDir: true,
    // Inlined as data: they would need a wider policy.
    assetsInlineLimit: 0,
    // Every browser that it is for has module preloading; the polyfill is a script of its own to check.
    modulePreload: { polyfill: false },
    // recharts alone is half a megabyte, whatever is done. It is loaded when charts are wanted, after everything else.
    chunkSizeWarningLimit: 600,
    // What changes seldom apart from what changes with each release.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](react|react-dom|react-router|scheduler|@tanstack)[\\/]/ },
            { name: 'mantine', test: /node_modules[\\/](@mantine[\\/](?!charts)|@floating-ui|@tabler)/ },
          ],
        },
      },
    },
  },
});
