/** Who may import what: the table of ARCHITECTURE.md as rules. Each rule has a test that must turn it red. */

const packages = (...names) => `(^|/)node_modules/(${names.join('|')})/`
const userInterface = packages(
  '@fontsource-variable/inter',
  '@mantine/[^/]+',
  '@tanstack/[^/]+',
  'i18next',
  'lucide-react',
  'react',
  'react-dom',
  'react-i18next',
)
const amazon = packages('@aws-sdk/[^/]+', '@smithy/[^/]+')
const builtIn = { dependencyTypesNot: ['core'] }

/** Files of `from` import what `allowed` names and nothing else. */
const only = (name, from, allowed, { nodeToo = false } = {}) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed, ...(nodeToo ? builtIn : {}) },
})

/** A vendor is known in few places. */
const vendor = (name, path, places) => ({
  name,
  severity: 'error',
  from: { path: '^src/', pathNot: places },
  to: { path },
})

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-barrels', severity: 'error', from: {}, to: { path: '^src/.*/index\\.tsx?$' } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '\\?asset$' },
    },
    only('source-imports-source', '^src/', ['^src/', 'node_modules/', '\\?asset$'], { nodeToo: true }),
    only('shared', '^src/shared/', ['^src/shared/', packages('zod')]),
    only('renderer', '^src/renderer/', ['^src/(renderer|shared)/', userInterface]),
    only('preload', '^src/preload/', ['^src/(preload|shared)/', packages('electron')]),
    only(
      'main',
      '^src/main/(?!engine/)',
      ['^src/main/(?!engine/)', '^src/shared/', packages('electron', 'electron-log', 'electron-vite'), '\\?asset$'],
      { nodeToo: true },
    ),
    only('engine', '^src/main/engine/', ['^src/main/engine/', '^src/shared/', 'node_modules/'], { nodeToo: true }),
    only(
      'engine-transfers-and-watch',
      '^src/main/engine/(transfers|watch)/',
      [
        '^src/main/engine/(transfers|watch|db)/',
        '^src/main/engine/s3/(object-store|proof)\\.ts$',
        '^src/shared/',
        packages('chokidar', 'ignore', 'mime'),
      ],
      { nodeToo: true },
    ),
    only(
      'engine-folder-thread',
      '^src/main/engine/watch/thread/',
      [
        '^src/main/engine/watch/(thread/|found\\.ts$|folder-of\\.ts$|folder-messages\\.ts$)',
        '^src/main/engine/transfers/source-file\\.ts$',
        '^src/shared/',
        packages('chokidar', 'ignore'),
      ],
      { nodeToo: true },
    ),
    vendor('folder-thread', '^src/main/engine/watch/thread/', ['^src/main/engine/watch/thread/']),
    only(
      'engine-s3',
      '^src/main/engine/s3/',
      ['^src/main/engine/s3/', '^src/shared/', amazon, packages('fast-xml-parser', 'zod')],
      {
        nodeToo: true,
      },
    ),
    only('engine-broker', '^src/main/engine/broker/', ['^src/main/engine/broker/', '^src/shared/', packages('zod')], {
      nodeToo: true,
    }),
    only(
      'engine-db',
      '^src/main/engine/db/',
      [
        '^src/main/engine/db/',
        '^src/main/engine/transfers/state\\.ts$',
        '^src/shared/',
        packages('better-sqlite3', 'zod'),
      ],
      { nodeToo: true },
    ),
    only(
      'broker',
      '^src/broker/',
      [
        '^src/broker/',
        '^src/shared/(broker-[a-z]+|object-options|failure|safe-address|session|transfer)\\.ts$',
        'node_modules/',
      ],
      {
        nodeToo: true,
      },
    ),
    only('broker-policy', '^src/broker/policy/', ['^src/broker/policy/', '^src/shared/', packages('zod')], {
      nodeToo: true,
    }),
    only('broker-page', '^src/broker/page/browser/', ['^src/broker/page/browser/', '^src/shared/']),
    {
      name: 'broker-page-is-not-bundled',
      severity: 'error',
      from: { path: '^src/broker/page/browser/' },
      to: { path: '^src/shared/', dependencyTypesNot: ['type-only'] },
    },
    only('emulator', '^src/emulator/', ['^src/emulator/', 'node_modules/'], { nodeToo: true }),
    vendor('electron', packages('electron'), ['^src/main/(index\\.ts|app/)', '^src/preload/']),
    vendor('better-sqlite3', packages('better-sqlite3'), ['^src/main/engine/db/']),
    vendor('ignore', packages('ignore'), ['^src/main/engine/watch/thread/rules\\.ts$']),
    vendor('chokidar', packages('chokidar'), ['^src/main/engine/watch/thread/system-watch\\.ts$']),
    vendor('aws-sdk', amazon, [
      '^src/main/engine/s3/',
      '^src/broker/(kinds/|objects/|check/|start-broker|aws-(clients|failure))',
    ]),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
