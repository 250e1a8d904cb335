# The inference library, beside what the program makes.
colonnade_test(infer.library    infer/infer_test.cpp        USES train infer LIBS OpenMP::OpenMP_CXX RANKS 1)
if(NOT COLONNADE_INFER_ONEDNN)
  target_compile_definitions(test_infer_library PRIVATE COLONNADE_INFER_PLAIN)
endif()
