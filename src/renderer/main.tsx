import './base.css'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { listen } from './data/listen.ts'
import { createServices } from './data/services.tsx'
import { createWords } from './i18n/create-words.ts'
import { adoptTheme } from './theme.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

const words = createWords()
document.documentElement.lang = words.language
document.documentElement.dir = words.dir()

const services = createServices(window.api, Date.now)
adoptTheme(document)
listen(services)
createRoot(root).render(<App services={services} words={words} />)
