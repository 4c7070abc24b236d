import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'

const source = (path: string): string => resolve(import.meta.dirname, 'src', path)

/** The page's policy lets in no inline script, and hot reload is one: it goes while developing, and only then. */
const hotReloadMayRun: Plugin = {
  name: 'longshore:hot-reload-may-run',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
}

export default defineConfig({
  main: {
    build: {
      externalizeDeps: false,
      rolldownOptions: {
        input: {
          index: source('main/index.ts'),
          engine: source('main/engine/index.ts'),
          // a thread's entry, found beside the engine by its name
          'thread/folder-worker': source('main/engine/watch/thread/folder-worker.ts'),
        },
        external: ['better-sqlite3'],
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: source('preload/index.ts') },
        // A sandboxed preload cannot be an ES module, and can require nothing of its own: one CommonJS file.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: source('renderer'),
    build: { rolldownOptions: { input: source('renderer/index.html') } },
    plugins: [react(), hotReloadMayRun],
  },
})
