// Names of this folder for the command line: how fast this machine and a store are.

export { type KernelRate, measureKernel, measureStore, type RateOptions, type StoreRate } from './rates.js'
