/// <reference types="electron-vite/node" />
import { join } from 'node:path'
import { BrowserWindow, nativeTheme } from 'electron'
import icon from './icon.png?asset'

/** The colour of the page's canvas, so that the window never flashes before the page has painted. */
const canvas = { light: '#FFFFFF', dark: '#131B1F' }

/** Opens the app's one window on `url`; it shows itself once the page has painted. */
export function openWindow(url: string): BrowserWindow {
  const window = new BrowserWindow({
    title: 'Longshore',
    width: 1180,
    height: 760,
    minWidth: 720,
    minHeight: 480,
    show: false,
    icon,
    backgroundColor: nativeTheme.shouldUseDarkColors ? canvas.dark : canvas.light,
    webPreferences: {
      preload: join(import.meta.dirname, '../preload/index.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      spellcheck: false,
    },
  })
  // no way out past the content security policy, which knows nothing of WebRTC
  window.webContents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp')
  window.once('ready-to-show', () => window.show())
  void window.loadURL(url)
  return window
}
