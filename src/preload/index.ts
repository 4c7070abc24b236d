import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { exposedApi } from './exposed-api.ts'

contextBridge.exposeInMainWorld(
  'api',
  exposedApi({
    invoke: (channel, input) => ipcRenderer.invoke(channel, input),
    listen: (channel, listener) => {
      const forward = (_event: unknown, payload: unknown) => listener(payload)
      ipcRenderer.on(channel, forward)
      return () => {
        ipcRenderer.off(channel, forward)
      }
    },
    pathOf: (file) => webUtils.getPathForFile(file),
  }),
)
