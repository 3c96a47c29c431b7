// Paths as an index names them, and which are below a folder.

import { afterEach, expect, it, vi } from 'vitest'
import { isBelow, joinPath, plainPath } from '../../src/base/paths.js'

afterEach(() => vi.unstubAllGlobals())

const system = (platform: string) => vi.stubGlobal('process', { ...process, platform })

it('a path has single slashes, none after it but a root, and no "./" before it', () => {
  system('linux')
  const plain = [
    ['a', 'a'],
    ['a//b///c/', 'a/b/c'],
    ['a//', 'a'],
    ['./a', 'a'],
    ['.//././a/', 'a'],
    ['.', '.'],
    ['./', '.'],
    ['./.', '.'],
    ['.a/b', '.a/b'],
    ['../a', '../a'],
    ['/', '/'],
    ['//', '/'],
    ['/a/', '/a'],
    ['//a//b', '/a/b'],
  ]
  for (const [path, expected] of plain) expect(plainPath(path!), path).toBe(expected)
})

it('a backslash is a slash on Windows, and part of a name elsewhere', () => {
  system('linux')
  expect(plainPath('.\\a\\')).toBe('.\\a\\')
  system('win32')
  const paths = ['.\\a\\\\b\\', 'C:\\a\\', 'C:\\', '\\\\computer\\\\a']
  expect(paths.map(plainPath)).toEqual(['a/b', 'C:/a', 'C:/', '//computer/a'])
})

it('a name is joined to its folder by one slash', () => {
  expect(['a', 'a/', '/', 'C:\\'].map(folder => joinPath(folder, 'b'))).toEqual(['a/b', 'a/b', '/b', 'C:\\b'])
})

it.each([
  ['a', 'a'],
  ['a/b', 'a'],
  ['a/b', './a/'],
  ['./a/b', 'a'],
  ['a/b/c', 'a/b'],
  ['a/b', '.'],
  ['./a', '.'],
  ['.', '.'],
  ['.a', '.'],
  ['..a', '.'],
  ['c:/a', '.'],
  ['a', './'],
  ['../a', '..'],
  ['../../a', '../../'],
  ['/a/b', '/a'],
  ['/a', '/'],
])('%s is below %s', (path, folder) => {
  system('linux')
  expect(isBelow(path, folder)).toBe(true)
})

it.each([
  ['ab', 'a'],
  ['a', 'a/b'],
  ['b/a', 'a'],
  ['/a', '.'],
  ['../a', '.'],
  ['..', '.'],
  ['../../a', '..'],
  ['../..', '..'],
  ['a', '/'],
  ['./a', '/'],
  ['/ab', '/a'],
])('%s is not below %s', (path, folder) => {
  system('linux')
  expect(isBelow(path, folder)).toBe(false)
})

it('a path with a drive is not below the current folder of Windows', () => {
  system('win32')
  expect([isBelow('C:\\a', '.'), isBelow('C:/a', 'C:\\'), isBelow('a\\b', '.\\a')]).toEqual([
    false,
    true,
    true,
  ])
})
