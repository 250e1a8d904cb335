!> Runs a trained emulator inside a Fortran model: the module of colonnade_infer.h, which says more.
!>
!> A colonnade_model is loaded once and shared by all threads; each thread has a colonnade_runner of its own and, block after
!> block, sets all inputs by name, runs, and gets the outputs by name. Arrays are (column) or (column, level), single or
!> double precision, in the units of the training files; sections such as t(1:n, :) are taken without a copy.
!>
!> A runner is best a local variable of a procedure that the parallel region calls: gfortran does not initialise those that a
!> directive makes private (firstprivate does).
!>
!> What can fail takes stat and message, as allocate does: stat is 0, or one of the codes below, message then says what and
!> names the variable. Without stat a failure ends the program with the message.
module colonnade_infer
  use, intrinsic :: iso_c_binding
  use colonnade_infer_c
  use, intrinsic :: iso_fortran_env, only: error_unit
  implicit none
  private

  integer, parameter, public :: colonnade_usage = 2, colonnade_data = 3, colonnade_storage = 4, colonnade_numeric = 5, &
    colonnade_bug = 70
  integer, parameter :: message_length = 1000

  !> A variable of the model; levels is 1 for a scalar, units "1" where the training files said nothing.
  type, public :: colonnade_variable
    character(len=:), allocatable :: name, units
    integer :: levels = 1
  end type

  type, public :: colonnade_model
    private
    type(c_ptr) :: handle = c_null_ptr
  contains
    procedure :: load
    procedure :: inputs
    procedure :: outputs
    procedure :: expect_inputs
    procedure :: free => free_model
  end type

  type, public :: colonnade_runner
    private
    type(c_ptr) :: handle = c_null_ptr
  contains
    procedure :: create
    procedure, private :: set_float_1, set_float_2, set_double_1, set_double_2
    generic :: set_input => set_float_1, set_float_2, set_double_1, set_double_2
    procedure :: run
    procedure, private :: get_float_1, get_float_2, get_double_1, get_double_2
    generic :: get_output => get_float_1, get_float_2, get_double_1, get_double_2
    procedure :: free => free_runner
  end type

contains

  !> Reads RUN/model.h5. To be called by one thread.
  subroutine load(self, path, stat, message)
    class(colonnade_model), intent(inout) :: self
    character(len=*), intent(in) :: path
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    character(kind=c_char) :: text(message_length)
    call self%free()
    call finish(int(c_load(c_text(path), self%handle, text, size(text, kind=c_size_t))), text, stat, message)
  end subroutine

  !> The model's inputs, in its order.
  function inputs(self) result(variables)
    class(colonnade_model), intent(in) :: self
    type(colonnade_variable), allocatable :: variables(:)
    integer :: i
    allocate(variables(c_input_count(self%handle)))
    do i = 1, size(variables)
      variables(i) = variable_of(c_input(self%handle, int(i - 1, c_int64_t)))
    end do
  end function

  !> The model's outputs, in its order.
  function outputs(self) result(variables)
    class(colonnade_model), intent(in) :: self
    type(colonnade_variable), allocatable :: variables(:)
    integer :: i
    allocate(variables(c_output_count(self%handle)))
    do i = 1, size(variables)
      variables(i) = variable_of(c_output(self%handle, int(i - 1, c_int64_t)))
    end do
  end function

  !> Refuses a model that wants an input which is not among `given` (or has other levels or units there), and names it.
  subroutine expect_inputs(self, given, stat, message)
    class(colonnade_model), intent(in) :: self
    type(colonnade_variable), intent(in) :: given(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    character(kind=c_char) :: text(message_length)
    type :: texts
      character(kind=c_char), allocatable :: name(:), units(:)
    end type
    type(texts), allocatable, target :: kept(:)
    type(c_variable), allocatable :: variables(:)
    integer :: i
    allocate(kept(size(given)), variables(size(given)))
    do i = 1, size(given)
      kept(i)%name = c_text(given(i)%name)
      variables(i)%name = c_loc(kept(i)%name)
      variables(i)%levels = given(i)%levels
      if (.not. allocated(given(i)%units)) cycle
      kept(i)%units = c_text(given(i)%units)
      variables(i)%units = c_loc(kept(i)%units)
    end do
    call finish(int(c_expect(self%handle, variables, size(variables, kind=c_int64_t), text, size(text, kind=c_size_t))), &
      text, stat, message)
  end subroutine

  subroutine free_model(self)
    class(colonnade_model), intent(inout) :: self
    call c_free_model(self%handle)
    self%handle = c_null_ptr
  end subroutine

  !> A runner for blocks of up to `most_columns` columns (NPROMA), for one thread.
  subroutine create(self, model, most_columns, stat, message)
    class(colonnade_runner), intent(inout) :: self
    class(colonnade_model), intent(in) :: model
    integer, intent(in) :: most_columns
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    character(kind=c_char) :: text(message_length)
    call self%free()
    call finish(int(c_create(model%handle, int(most_columns, c_int64_t), self%handle, text, size(text, kind=c_size_t))), &
      text, stat, message)
  end subroutine

  !> Computes the outputs of `columns` columns, for which all inputs have been set.
  subroutine run(self, columns, stat, message)
    class(colonnade_runner), intent(inout) :: self
    integer, intent(in) :: columns
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    character(kind=c_char) :: text(message_length)
    call finish(int(c_run(self%handle, int(columns, c_int64_t), text, size(text, kind=c_size_t))), text, stat, message)
  end subroutine

  subroutine free_runner(self)
    class(colonnade_runner), intent(inout) :: self
    call c_free_runner(self%handle)
    self%handle = c_null_ptr
  end subroutine

  !> set_input: copies an input for the next run; what the model does not take is ignored.
  subroutine set_float_1(self, name, values, stat, message)
    class(colonnade_runner), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(c_float), intent(in), target :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    type(c_ptr) :: at(3)
    at = c_null_ptr
    if (size(values) > 0) at = [c_loc(values(1)), c_loc(values(min(2, size(values)))), c_loc(values(1))]
    call move(c_set_float, self, name, [size(values), 1], 4, at, stat, message)
  end subroutine

  subroutine set_float_2(self, name, values, stat, message)
    class(colonnade_runner), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(c_float), intent(in), target :: values(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    type(c_ptr) :: at(3)
    at = c_null_ptr
    if (size(values) > 0) at = [c_loc(values(1, 1)), c_loc(values(min(2, size(values, 1)), 1)), &
      c_loc(values(1, min(2, size(values, 2))))]
    call move(c_set_float, self, name, shape(values), 4, at, stat, message)
  end subroutine

  subroutine set_double_1(self, name, values, stat, message)
    class(colonnade_runner), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(c_double), intent(in), target :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    type(c_ptr) :: at(3)
    at = c_null_ptr
    if (size(values) > 0) at = [c_loc(values(1)), c_loc(values(min(2, size(values)))), c_loc(values(1))]
    call move(c_set_double, self, name, [size(values), 1], 8, at, stat, message)
  end subroutine

  subroutine set_double_2(self, name, values, stat, message)
    class(colonnade_runner), intent(inout) :: self
    character(len=*), intent(in) :: name
    real(c_double), intent(in), target :: values(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    type(c_ptr) :: at(3)
    at = c_null_ptr
    if (size(values) > 0) at = [c_loc(values(1, 1)), c_loc(values(min(2, size(values, 1)), 1)), &
      c_loc(values(1, min(2, size(values, 2))))]
    call move(c_set_double, self, name, shape(values), 8, at, stat, message)
  end subroutine

  !> get_output: copies an output of the last run.
  subroutine get_float_1(self, name, values, stat, message)
    class(colonnade_runner), intent(in) :: self
    character(len=*), intent(in) :: name
    real(c_float), intent(inout), target :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    type(c_ptr) :: at(3)
    at = c_null_ptr
    if (size(values) > 0) at = [c_loc(values(1)), c_loc(values(min(2, size(values)))), c_loc(values(1))]
    call move(c_get_float, self, name, [size(values), 1], 4, at, stat, message)
  end subroutine

  subroutine get_float_2(self, name, values, stat, message)
    class(colonnade_runner), intent(in) :: self
    character(len=*), intent(in) :: name
    real(c_float), intent(inout), target :: values(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    type(c_ptr) :: at(3)
    at = c_null_ptr
    if (size(values) > 0) at = [c_loc(values(1, 1)), c_loc(values(min(2, size(values, 1)), 1)), &
      c_loc(values(1, min(2, size(values, 2))))]
    call move(c_get_float, self, name, shape(values), 4, at, stat, message)
  end subroutine

  subroutine get_double_1(self, name, values, stat, message)
    class(colonnade_runner), intent(in) :: self
    character(len=*), intent(in) :: name
    real(c_double), intent(inout), target :: values(:)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    type(c_ptr) :: at(3)
    at = c_null_ptr
    if (size(values) > 0) at = [c_loc(values(1)), c_loc(values(min(2, size(values)))), c_loc(values(1))]
    call move(c_get_double, self, name, [size(values), 1], 8, at, stat, message)
  end subroutine

  subroutine get_double_2(self, name, values, stat, message)
    class(colonnade_runner), intent(in) :: self
    character(len=*), intent(in) :: name
    real(c_double), intent(inout), target :: values(:, :)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    type(c_ptr) :: at(3)
    at = c_null_ptr
    if (size(values) > 0) at = [c_loc(values(1, 1)), c_loc(values(min(2, size(values, 1)), 1)), &
      c_loc(values(1, min(2, size(values, 2))))]
    call move(c_get_double, self, name, shape(values), 8, at, stat, message)
  end subroutine

  !> Calls one of the C functions on an array of this shape; `at` are the addresses of its first value, and of those in the
  !> next column and on the next level.
  subroutine move(c_function, self, name, extents, bytes_each, at, stat, message)
    procedure(c_move) :: c_function
    class(colonnade_runner), intent(in) :: self
    character(len=*), intent(in) :: name
    integer, intent(in) :: extents(2), bytes_each
    type(c_ptr), intent(in) :: at(3)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    character(kind=c_char) :: text(message_length)
    integer(c_int64_t) :: strides(2)
    strides = (address(at(2:3)) - address(at(1))) / bytes_each
    call finish(int(c_function(self%handle, c_text(name), at(1), int(extents(1), c_int64_t), int(extents(2), c_int64_t), &
      strides(1), strides(2), text, size(text, kind=c_size_t))), text, stat, message)
  end subroutine

  subroutine finish(code, text, stat, message)
    integer, intent(in) :: code
    character(kind=c_char), intent(in), target :: text(message_length)
    integer, intent(out), optional :: stat
    character(len=*), intent(inout), optional :: message
    if (present(stat)) stat = code
    if (code == 0) return
    if (present(message)) message = f_text(c_loc(text))
    if (present(stat)) return
    write(error_unit, '(2a)') 'colonnade_infer: ', f_text(c_loc(text))
    error stop 1
  end subroutine

  type(colonnade_variable) function variable_of(c)
    type(c_variable), intent(in) :: c
    variable_of%name = f_text(c%name)
    variable_of%units = f_text(c%units)
    variable_of%levels = int(c%levels)
  end function

end module colonnade_infer
