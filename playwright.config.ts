import { defineConfig } from '@playwright/test'

/** One app at a time: each test starts its own app, its own S3 and its own broker. */
export default defineConfig({
  testDir: 'test/e2e',
  outputDir: 'test-results',
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: Boolean(process.env.CI),
})
