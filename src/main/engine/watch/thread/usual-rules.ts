/** What systems keep beside a person's files, in .gitignore's meaning. */
export const systemRules: readonly string[] = [
  '.longshoreignore',
  // macOS
  '.DS_Store',
  '._*',
  '.AppleDouble',
  '.apdisk',
  '.DocumentRevisions-V100',
  '.fseventsd',
  'Icon[\r]',
  '.Spotlight-V100',
  '.TemporaryItems',
  '.Trashes',
  '.VolumeIcon.icns',
  // Windows
  'Thumbs.db',
  'ehthumbs.db',
  'desktop.ini',
  '$RECYCLE.BIN/',
  'System Volume Information/',
  // Linux and network storage
  'lost+found/',
  '.Trash-*/',
  '.fuse_hidden*',
  '.nfs*',
  '@eaDir/',
  '\\#recycle/',
]

/** What programs write while they work and take away again, in .gitignore's meaning. */
export const temporaryRules: readonly string[] = [
  // downloads and copies under way
  '*.crdownload',
  '*.download',
  '*.filepart',
  '*.opdownload',
  '*.part',
  '*.partial',
  // office programs
  '~$*',
  '~*.tmp',
  '.~lock.*',
  // editors
  '*~',
  '.*.sw?',
  '.#*',
  '\\#*#',
  '.goutputstream-*',
  '*.sb-????????-??????',
]
