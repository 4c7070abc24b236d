import 'i18next'
import type en from './en.json'

/** A key that en.json does not hold does not compile. */
declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: typeof en }
  }
}
