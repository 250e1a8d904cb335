!> The functions of colonnade_infer.h as Fortran sees them: for the module colonnade_infer alone.
module colonnade_infer_c
  use, intrinsic :: iso_c_binding
  implicit none

  type, bind(c) :: c_variable
    type(c_ptr) :: name = c_null_ptr, units = c_null_ptr
    integer(c_int64_t) :: levels = 0
  end type

  interface
    integer(c_int) function c_load(path, model, message, bytes) bind(c, name="colonnade_model_load")
      import
      character(kind=c_char), intent(in) :: path(*)
      type(c_ptr), intent(out) :: model
      character(kind=c_char), intent(out) :: message(*)
      integer(c_size_t), value :: bytes
    end function
    subroutine c_free_model(model) bind(c, name="colonnade_model_free")
      import
      type(c_ptr), value :: model
    end subroutine
    integer(c_int64_t) function c_input_count(model) bind(c, name="colonnade_input_count")
      import
      type(c_ptr), value :: model
    end function
    integer(c_int64_t) function c_output_count(model) bind(c, name="colonnade_output_count")
      import
      type(c_ptr), value :: model
    end function
    type(c_variable) function c_input(model, number) bind(c, name="colonnade_input")
      import
      type(c_ptr), value :: model
      integer(c_int64_t), value :: number
    end function
    type(c_variable) function c_output(model, number) bind(c, name="colonnade_output")
      import
      type(c_ptr), value :: model
      integer(c_int64_t), value :: number
    end function
    integer(c_int) function c_expect(model, given, count, message, bytes) bind(c, name="colonnade_expect_inputs")
      import
      type(c_ptr), value :: model
      type(c_variable), intent(in) :: given(*)
      integer(c_int64_t), value :: count
      character(kind=c_char), intent(out) :: message(*)
      integer(c_size_t), value :: bytes
    end function
    integer(c_int) function c_create(model, most_columns, runner, message, bytes) bind(c, name="colonnade_runner_create")
      import
      type(c_ptr), value :: model
      integer(c_int64_t), value :: most_columns
      type(c_ptr), intent(out) :: runner
      character(kind=c_char), intent(out) :: message(*)
      integer(c_size_t), value :: bytes
    end function
    subroutine c_free_runner(runner) bind(c, name="colonnade_runner_free")
      import
      type(c_ptr), value :: runner
    end subroutine
    integer(c_int) function c_run(runner, columns, message, bytes) bind(c, name="colonnade_run")
      import
      type(c_ptr), value :: runner
      integer(c_int64_t), value :: columns
      character(kind=c_char), intent(out) :: message(*)
      integer(c_size_t), value :: bytes
    end function
    integer(c_size_t) function c_length(text) bind(c, name="strlen")
      import
      type(c_ptr), value :: text
    end function
  end interface

  abstract interface
    !> The four functions that move an array in or out.
    integer(c_int) function c_move(runner, name, values, columns, levels, column_stride, level_stride, message, bytes) bind(c)
      import
      type(c_ptr), value :: runner, values
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int64_t), value :: columns, levels, column_stride, level_stride
      character(kind=c_char), intent(out) :: message(*)
      integer(c_size_t), value :: bytes
    end function
  end interface

  procedure(c_move), bind(c, name="colonnade_set_input_float") :: c_set_float
  procedure(c_move), bind(c, name="colonnade_set_input_double") :: c_set_double
  procedure(c_move), bind(c, name="colonnade_get_output_float") :: c_get_float
  procedure(c_move), bind(c, name="colonnade_get_output_double") :: c_get_double

contains

  elemental integer(c_int64_t) function address(place)
    type(c_ptr), intent(in) :: place
    address = int(transfer(place, 0_c_intptr_t), c_int64_t)
  end function

  function c_text(text) result(zero_ended)
    character(len=*), intent(in) :: text
    character(kind=c_char) :: zero_ended(len_trim(text) + 1)
    integer :: i
    do i = 1, len_trim(text)
      zero_ended(i) = text(i:i)
    end do
    zero_ended(len_trim(text) + 1) = c_null_char
  end function

  function f_text(zero_ended) result(text)
    type(c_ptr), intent(in) :: zero_ended
    character(len=:), allocatable :: text
    character(kind=c_char), pointer :: letters(:)
    integer :: i
    call c_f_pointer(zero_ended, letters, [c_length(zero_ended)])
    allocate(character(len=size(letters)) :: text)
    do i = 1, size(letters)
      text(i:i) = letters(i)
    end do
  end function

end module colonnade_infer_c
