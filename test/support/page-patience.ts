import { configure } from '@testing-library/react'

/** What a page shows comes by real timers and after real work of drawing, which takes its time on a busy machine (ms). */
configure({ asyncUtilTimeout: 5_000 })
