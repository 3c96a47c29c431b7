/* Prints the peak rate of one core in f32 operations in 128-bit lanes, in GF/s. It is the ceiling for WebAssembly.

   A loop of multiply-adds in registers, with enough accumulators that none waits for another. It is inline assembly, so
   that no compiler can change it. Measures fused and separate multiply-add several times; the largest rate counts.
   On an unsupported processor it prints the reason and exits with 1. */

#include <stdio.h>
#include <time.h>

enum { TURNS = 5000000, REPEATS = 24 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

#if defined(__x86_64__)

#define ACCUMULATORS 12
#define EACH(x) x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11)
#define CLOBBERED "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14"
#define FUSED(k) "vfmadd231ps %%xmm12, %%xmm13, %%xmm" #k "\n"
#define SEPARATE(k) "vmulps %%xmm12, %%xmm13, %%xmm14\nvaddps %%xmm14, %%xmm" #k ", %%xmm" #k "\n"
/* the operands are zeros: no denormal and no overflow, at the same speed */
#define LOOP(step) \
  long turns = TURNS; \
  __asm__ volatile("vxorps %%xmm12, %%xmm12, %%xmm12\nvxorps %%xmm13, %%xmm13, %%xmm13\n" \
                   "1:\n" EACH(step) "dec %0\njnz 1b\n" : "+r"(turns) : : CLOBBERED, "cc")

static void fused(void) { LOOP(FUSED); }
static void separate(void) { LOOP(SEPARATE); }
static int has_fused(void) { return __builtin_cpu_supports("fma"); }
static const char *lacking(void) { return __builtin_cpu_supports("avx") ? 0 : "this processor has no AVX"; }

#elif defined(__aarch64__)

#define ACCUMULATORS 24
#define EACH(x) x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) \
  x(12) x(13) x(14) x(15) x(16) x(17) x(18) x(19) x(20) x(21) x(22) x(23)
#define CLOBBERED "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", \
  "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26"
#define FUSED(k) "fmla v" #k ".4s, v24.4s, v25.4s\n"
#define SEPARATE(k) "fmul v26.4s, v24.4s, v25.4s\nfadd v" #k ".4s, v" #k ".4s, v26.4s\n"
#define LOOP(step) \
  long turns = TURNS; \
  __asm__ volatile("movi v24.4s, #0\nmovi v25.4s, #0\n" \
                   "1:\n" EACH(step) "subs %0, %0, #1\nb.ne 1b\n" : "+r"(turns) : : CLOBBERED, "cc")

static void fused(void) { LOOP(FUSED); }
static void separate(void) { LOOP(SEPARATE); }
static int has_fused(void) { return 1; }
static const char *lacking(void) { return 0; }

#else

#define ACCUMULATORS 0
static void fused(void) {}
static void separate(void) {}
static int has_fused(void) { return 0; }
static const char *lacking(void) { return "bench/shared/peak.c supports only x86-64 and AArch64"; }

#endif

int main(void) {
  const char *why = lacking();
  if (why) {
    puts(why);
    return 1;
  }
  double best = 0;
  for (int repeat = 0; repeat < REPEATS; repeat++) {
    for (int kind = has_fused() ? 0 : 1; kind < 2; kind++) {
      double start = now();
      if (kind) separate(); else fused();
      /* four lanes, each with a product and a sum */
      double rate = (double)TURNS * ACCUMULATORS * 4 * 2 / (now() - start) / 1e9;
      if (rate > best) best = rate;
    }
  }
  printf("%.2f\n", best);
  return 0;
}
