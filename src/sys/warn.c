/* What an object warns of, one line each, goes to one place: standard error, or whoever keeps it as well. */
#include <stdarg.h>
#include <jko/private/sysimpl.h>

static struct {
  JKOWarningHandler *take;
  void              *context;
} Listener;

/*@C
  JKOSetWarningHandler - who is told of warnings beside standard error; NULL: nobody. Logically collective.
@*/
PetscErrorCode JKOSetWarningHandler(JKOWarningHandler *take, void *context)
{
  PetscFunctionBegin;
  Listener.take    = take;
  Listener.context = context;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One line, what it is of in a word, the value that was found and the limit that it is beyond. Collective. */
PetscErrorCode JKOWarn(MPI_Comm comm, const char name[], PetscReal value, PetscReal limit, const char format[], ...)
{
  JKOWarning warning = {.name = name, .value = value, .limit = limit};
  va_list    arguments;

  PetscFunctionBegin;
  va_start(arguments, format);
  (void)vsnprintf(warning.text, sizeof warning.text, format, arguments);
  va_end(arguments);
  PetscCall(PetscFPrintf(comm, PETSC_STDERR, "jko: warning: %s\n", warning.text));
  if (Listener.take) PetscCall((*Listener.take)(&warning, Listener.context));
  PetscFunctionReturn(PETSC_SUCCESS);
}
