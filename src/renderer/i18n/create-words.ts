import { createInstance, type i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import en from './en.json' with { type: 'json' }

/** All words of the page. `en-GB` decides how numbers and dates are written; its words are those of `en`. */
export const createWords = (language = 'en-GB'): i18n => {
  const words = createInstance()
  void words.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    initAsync: false,
    interpolation: { escapeValue: false },
  })
  return words
}
