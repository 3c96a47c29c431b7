// The two bundlers of Next.js build into folders of their own. A project inside another one names its root.
export default {
  distDir: process.env.DIST,
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
}
