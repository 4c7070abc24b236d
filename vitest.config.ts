import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.{ts,tsx}'], testTimeout: 20_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          // of vitest's own, a busy machine exceeds the second
          expect: { poll: { timeout: 10_000 } },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          globalSetup: ['test/contract/setup/emulator.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'ceph',
          include: ['test/{contract,ceph}/**/*.test.ts'],
          globalSetup: ['test/contract/setup/ceph.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // they wait as much as they work
          maxWorkers: Math.ceil(availableParallelism() * 1.5),
          // engines start hundreds of times: what they compile is kept
          env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'engines') },
        },
      },
    ],
  },
})
