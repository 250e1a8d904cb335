# The fuzz target of the inference library, for clang:
#   cmake -S . -B build/fuzz -G Ninja -DCOLONNADE_INFER_ONLY=ON -DCOLONNADE_FUZZ=ON -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++
#   cmake --build build/fuzz && tests/infer/fuzz_seeds.py RUN/model.h5 build/fuzz/seeds
#   build/fuzz/fuzz_model -max_len=100000 -max_total_time=3600 build/fuzz/corpus build/fuzz/seeds
set(sanitizers -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -g)
target_compile_options(colonnade_infer_objects PRIVATE ${sanitizers})
target_link_options(colonnade_infer PRIVATE -fsanitize=address,undefined -shared-libasan)
add_executable(fuzz_model ${PROJECT_SOURCE_DIR}/tests/infer/fuzz_model.cpp)
target_compile_options(fuzz_model PRIVATE ${sanitizers})
target_link_libraries(fuzz_model PRIVATE colonnade_infer_objects)
target_link_options(fuzz_model PRIVATE -fsanitize=fuzzer,address,undefined)
