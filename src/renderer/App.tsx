import { DirectionProvider, MantineProvider } from '@mantine/core'
import type { i18n } from 'i18next'
import { I18nextProvider } from 'react-i18next'
import { type Services, ServicesProvider } from './data/services.tsx'
import { CrashBoundary } from './shell/CrashBoundary.tsx'
import { Pages } from './shell/Pages.tsx'
import { ToastsProvider } from './shell/toasts.tsx'
import { theme } from './theme.ts'

/** The whole page. The theme's variables come from adoptTheme, so Mantine writes no style elements of its own. */
export const App = ({ services, words }: { services: Services; words: i18n }) => (
  <DirectionProvider initialDirection={words.dir()} detectDirection={false}>
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <I18nextProvider i18n={words}>
        <ServicesProvider services={services}>
          <ToastsProvider>
            <CrashBoundary>
              <Pages />
            </CrashBoundary>
          </ToastsProvider>
        </ServicesProvider>
      </I18nextProvider>
    </MantineProvider>
  </DirectionProvider>
)
