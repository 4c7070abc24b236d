import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const project = resolve(import.meta.dirname, '../../..')

/** The page with a fake engine behind it, under the same policy as the app's: `vite build` and `vite preview` this folder. */
export default defineConfig({
  root: import.meta.dirname,
  build: { outDir: resolve(project, 'out/look'), emptyOutDir: true, target: 'chrome130', chunkSizeWarningLimit: 2_000 },
  plugins: [
    react(),
    {
      name: 'the-page-of-the-app',
      transformIndexHtml: {
        order: 'pre',
        handler: async () =>
          (await readFile(resolve(project, 'src/renderer/index.html'), 'utf8'))
            .replace('./main.tsx', '/main.tsx')
            .replace('</head>', '<link rel="icon" href="data:," /></head>'),
      },
    },
  ],
})
