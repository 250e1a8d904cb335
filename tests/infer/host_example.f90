! A host model in small: blocks of NPROMA columns, dealt out to OpenMP threads, each with a runner of its own.
!
!   host_example MODEL INPUTS OUTPUTS COLUMNS NPROMA
!
! INPUTS holds the number of variables that the host has (4 bytes) and, for each, its name in 64 letters, its number of levels (4 bytes), and its values
! (COLUMNS, levels) in single precision, the columns running fastest. OUTPUTS gets the model's outputs in the same form, without the number.
program host_example
  use, intrinsic :: iso_fortran_env, only: real32, int32, int64, error_unit
  use colonnade_infer
  implicit none

  type :: field
    character(len=64) :: name = ''
    real(real32), allocatable :: values(:, :)
  end type

  type(colonnade_model) :: model
  type(colonnade_variable), allocatable :: given(:), wanted(:)
  type(field), allocatable, target :: inputs(:), outputs(:)
  character(len=400) :: message
  integer :: columns, nproma, stat, i
  integer(int64) :: start, finish, rate

  columns = number(4)
  nproma = number(5)
  call read_fields(argument(2))

  call model%load(argument(1), stat, message)
  if (stat /= 0) call give_up(message)
  allocate(given(size(inputs)))
  do i = 1, size(inputs)
    given(i)%name = trim(inputs(i)%name)
    given(i)%levels = size(inputs(i)%values, 2)
  end do
  call model%expect_inputs(given, stat, message)
  if (stat /= 0) call give_up(message)
  allocate(wanted, source=model%outputs())
  allocate(outputs(size(wanted)))
  do i = 1, size(wanted)
    outputs(i)%name = wanted(i)%name
    allocate(outputs(i)%values(columns, wanted(i)%levels))
  end do

  call system_clock(start, rate)
  !$omp parallel
  call run_blocks_of_thread()
  !$omp end parallel
  call system_clock(finish)
  print '(a, i0, a, i0, a, f0.1, a)', 'ran ', columns, ' columns in blocks of ', nproma, ': ', &
    real(columns) * real(rate) / real(max(finish - start, 1_int64)), ' columns/s'
  call write_fields(argument(3))
  call model%free()

contains

  subroutine run_blocks_of_thread()
    type(colonnade_runner) :: runner
    integer :: block, first, last, f
    call runner%create(model, nproma)
    !$omp do schedule(dynamic)
    do block = 1, (columns + nproma - 1) / nproma
      first = (block - 1) * nproma + 1
      last = min(block * nproma, columns)
      do f = 1, size(inputs)
        call runner%set_input(inputs(f)%name, inputs(f)%values(first:last, :))
      end do
      call runner%run(last - first + 1)
      do f = 1, size(outputs)
        call runner%get_output(outputs(f)%name, outputs(f)%values(first:last, :))
      end do
    end do
    !$omp end do
    call runner%free()
  end subroutine

  subroutine read_fields(path)
    character(len=*), intent(in) :: path
    integer(int32) :: count, levels
    integer :: unit, f
    open(newunit=unit, file=path, access='stream', form='unformatted', status='old', action='read')
    read(unit) count
    allocate(inputs(count))
    do f = 1, count
      read(unit) inputs(f)%name, levels
      allocate(inputs(f)%values(columns, levels))
      read(unit) inputs(f)%values
    end do
    close(unit)
  end subroutine

  subroutine write_fields(path)
    character(len=*), intent(in) :: path
    integer :: unit, f
    open(newunit=unit, file=path, access='stream', form='unformatted', status='replace', action='write')
    do f = 1, size(outputs)
      write(unit) outputs(f)%name, int(size(outputs(f)%values, 2), int32), outputs(f)%values
    end do
    close(unit)
  end subroutine

  subroutine give_up(text)
    character(len=*), intent(in) :: text
    write(error_unit, '(2a)') 'host: error: ', trim(text)
    stop 3, quiet=.true.
  end subroutine

  function argument(place) result(text)
    integer, intent(in) :: place
    character(len=:), allocatable :: text
    integer :: length
    call get_command_argument(place, length=length)
    allocate(character(len=length) :: text)
    call get_command_argument(place, text)
  end function

  integer function number(place)
    integer, intent(in) :: place
    character(len=20) :: text
    text = argument(place)
    read(text, *) number
  end function

end program host_example
