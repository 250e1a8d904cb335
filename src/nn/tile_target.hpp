#pragma once

/// Compiles a function for processors with tiles for bf16 (Intel's AMX); it may be called only
/// where tiles_are_available().
#define COLONNADE_TILES \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,amx-tile,amx-bf16")))
