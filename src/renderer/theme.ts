import {
  type CSSVariablesResolver,
  convertCssVariables,
  createTheme,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  type MantineColorsTuple,
  mergeMantineTheme,
} from '@mantine/core'
import { colours } from './tokens.ts'

const tide: MantineColorsTuple = [
  '#E3F0F5',
  '#C3E0EB',
  '#7CC8E4',
  '#5FB8D9',
  '#3B9DC1',
  '#1B7FA3',
  '#0A6283',
  '#084F6B',
  '#063F56',
  '#042E40',
]

const gray: MantineColorsTuple = [
  '#F4F7F8',
  '#F1F5F6',
  '#E0E7EA',
  '#DDE5E8',
  '#C9D3D7',
  '#7F8D95',
  '#5A6B74',
  '#42545D',
  '#24363F',
  '#0F2129',
]
const dark: MantineColorsTuple = [
  '#E7EEF1',
  '#AEBCC3',
  '#8D9DA5',
  '#66777F',
  '#35444B',
  '#232F35',
  '#1B252B',
  '#131B1F',
  '#0E1518',
  '#090E10',
]

/** The theme of every Mantine component of the app. */
export const theme = createTheme({
  primaryColor: 'tide',
  primaryShade: { light: 6, dark: 3 },
  colors: { tide, gray, dark },
  autoContrast: true,
  luminanceThreshold: 0.35,
  defaultRadius: 8,
  fontFamily: "'Inter Variable', system-ui, 'Noto Sans', 'Noto Sans Arabic', 'Noto Sans CJK SC', sans-serif",
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.8125rem', lg: '0.875rem', xl: '1.0625rem' },
  lineHeights: { xs: '1.33', sm: '1.385', md: '1.385', lg: '1.36', xl: '1.41' },
  cursorType: 'default',
  respectReducedMotion: true,
})

const own = (scheme: 'light' | 'dark') =>
  Object.fromEntries(Object.entries(colours).map(([name, value]) => [`--${name}`, value[scheme]]))

/** Our colours as CSS variables (`--ink`, `--tide` …), and Mantine's own pointed at them. */
export const cssVariablesResolver: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-body': 'var(--canvas)',
    '--mantine-color-dimmed': 'var(--ink2)',
    '--mantine-color-placeholder': 'var(--ink3)',
    '--mantine-color-error': 'var(--red)',
    '--mantine-color-anchor': 'var(--tide)',
    '--mantine-color-default': 'var(--raised)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-tide-filled': 'var(--tide)',
    '--mantine-color-tide-filled-hover': 'var(--tide-hover)',
    '--mantine-primary-color-contrast': 'var(--on-tide)',
  }
  return { variables: {}, light: { ...own('light'), ...shared }, dark: { ...own('dark'), ...shared } }
}

/**
 * Gives the document the theme's variables as a constructed style sheet. Mantine would write a `<style>` element,
 * which a policy without 'unsafe-inline' refuses; a constructed sheet is script's own and is allowed.
 */
export const adoptTheme = (document: Document): void => {
  const merged = mergeMantineTheme(DEFAULT_THEME, theme)
  const defaults = defaultCssVariablesResolver(merged)
  const ours = cssVariablesResolver(merged)
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(
    convertCssVariables({
      variables: { ...defaults.variables, ...ours.variables },
      light: { ...defaults.light, ...ours.light },
      dark: { ...defaults.dark, ...ours.dark },
    }),
  )
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}
