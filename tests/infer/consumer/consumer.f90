! consumer MODEL: as consumer.c.
program consumer
  use, intrinsic :: iso_fortran_env, only: real32, real64
  use colonnade_infer
  implicit none
  type(colonnade_model) :: model
  type(colonnade_runner) :: runner
  type(colonnade_variable), allocatable :: inputs(:), outputs(:)
  real(real64), allocatable :: given(:, :)
  real(real32), allocatable :: values(:, :)
  character(len=1000) :: path, message
  integer :: i, stat
  call get_command_argument(1, path)
  call model%load(path, stat, message)
  if (stat /= 0) then
    print '(2a)', 'refused: ', trim(message)
    stop 3, quiet=.true.
  end if
  call runner%create(model, 3)
  allocate(inputs, source=model%inputs())
  allocate(outputs, source=model%outputs())
  do i = 1, size(inputs)
    allocate(given(3, inputs(i)%levels), source=real(i, real64))
    call runner%set_input(inputs(i)%name, given)
    deallocate(given)
  end do
  call runner%run(3)
  allocate(values(3, outputs(1)%levels))
  call runner%get_output(outputs(1)%name, values)
  print '(a, 2es14.6)', outputs(1)%name, values(1, 1), values(3, size(values, 2))
end program consumer
