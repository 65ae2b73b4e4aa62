/* A dataset on a grid of its own, brought to ours: the product of the weights of each axis, plane by plane of the slowest one, so that a
   rank holds a few planes of the part of the file that it needs. The order of the sums is that of the file, on any number of ranks. */
#include <math.h>
#include <jko/private/sumimpl.h>
#include "weights.h"

#define PLANES_VALUES 1048576  /* read at once, at least a plane */
#define CHUNK_VALUES  16777216 /* or a row of chunks of at most so many */
#define WALL_SHARE    1e-6     /* of a cell, from which on it is a wall: thin walls stay, round-off makes none */

/* Axes in the order of the file, padded to planes x rows x columns with axes of one cell. */
typedef struct {
  FieldSource *source;
  int          axis[3]; /* of the dataset; -1 for one that is not there */
  FieldFaces   faces[3];
  FieldWeights weights[3];
  double       lower[3], upper[3], h[3], period[3];
  hsize_t      cells[3];   /* of this rank */
  PetscBool    sticks_out; /* of the box */
} Bridge;

/* Planes along the slowest axis, columns along x: of two axes there is one row in a plane. */
static void ArrangeAxes(Bridge *b)
{
  const int rank = b->source->layout.rank;

  b->axis[0] = rank > 1 ? 0 : -1;
  b->axis[1] = rank > 2 ? 1 : -1;
  b->axis[2] = rank - 1;
}

/* A file that does not say where its cells are fills the box. */
static PetscErrorCode TellFilling(const FieldSource *s)
{
  char axes[4] = "";
  int  n       = 0;

  PetscFunctionBegin;
  for (int i = 0; i < s->layout.rank; i++)
    if (!s->dim[i].centre) axes[n++] = s->layout.axis[i];
  if (n)
    PetscCall(PetscPrintf(s->file->comm, "%s: '%s' does not say where its cells are along %s: taken to fill the box\n", s->file->option,
                          s->file->path, axes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void Reverse(hsize_t n, double a[])
{
  for (hsize_t k = 0; k < n / 2; k++) {
    const double keep = a[k];

    a[k]         = a[n - 1 - k];
    a[n - 1 - k] = keep;
  }
}

/* Coordinates that run down are turned round, as the values are when they are read; those that do neither are refused. */
static PetscErrorCode Straighten(FieldSource *s, int i)
{
  FieldDimension *dim   = &s->dim[i];
  const double   *place = dim->face ? dim->face : dim->centre;
  const hsize_t   n     = dim->face ? dim->n + 1 : dim->n;
  PetscBool       up = PETSC_TRUE, down = PETSC_TRUE;

  PetscFunctionBegin;
  if (!dim->centre) PetscFunctionReturn(PETSC_SUCCESS);
  for (hsize_t k = 1; k < n; k++) {
    up   = (PetscBool)(up && place[k] > place[k - 1]);
    down = (PetscBool)(down && place[k] < place[k - 1]);
  }
  PetscCall(FieldFileFail(s->file, (PetscBool)((!up && !down) || !isfinite(place[0])),
                          "has coordinates %s of dataset '%s' that go neither up nor down", dim->name, s->name));
  PetscCall(
      FieldFileFail(s->file, (PetscBool)(n == 1), "has one cell along %s of dataset '%s', whose width nothing tells", dim->name, s->name));
  if (s->file->failure[0] || up) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FieldSourceTellDown(s, i));
  s->down[i] = PETSC_TRUE;
  Reverse(dim->n, dim->centre);
  if (dim->face) Reverse(dim->n + 1, dim->face);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The cells of the file along an axis have to cover those of the grid; a density is 0 beyond them. */
static PetscErrorCode CheckCover(Bridge *b, int k, FieldInterpolation how)
{
  FieldSource      *s     = b->source;
  const FieldFaces *f     = &b->faces[k];
  const double      start = f->at[0], end = f->at[f->n], slack = fmax(f->slack, 1e-3 * b->h[k]);
  const char        axis     = s->layout.axis[b->axis[k]];
  const PetscBool   short_of = (PetscBool)(b->period[k] > 0 ? end - start < b->upper[k] - b->lower[k] - slack
                                                            : start > b->lower[k] + slack || end < b->upper[k] - slack);

  PetscFunctionBegin;
  if (how != FIELD_MEANS)
    PetscCall(FieldFileFail(s->file, short_of, "covers %c from %g to %g only in dataset '%s', the grid goes from %g to %g", axis, start,
                            end, s->name, b->lower[k], b->upper[k]));
  else if (short_of)
    PetscCall(PetscPrintf(s->file->comm, "%s: '%s' covers %c from %.6g to %.6g; beyond that the density is 0\n", s->file->option,
                          s->file->path, axis, start, end));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One axis of the bridge. A periodic axis goes round where the file holds no more than a period, and, for values, no less. */
static PetscErrorCode MakeAxis(Bridge *b, int k, FieldInterpolation how)
{
  FieldSource         *s    = b->source;
  const int            i    = b->axis[k];
  const FieldDimension none = {.n = 1};
  FieldAxis            axis = {.count = 1, .lower = b->lower[k], .h = b->h[k]};
  double               start, end, length, slack;

  PetscFunctionBegin;
  if (i >= 0) axis.first = (PetscInt)s->layout.start[i];
  if (i >= 0) axis.count = (PetscInt)s->layout.width[i];
  b->cells[k] = (hsize_t)axis.count;
  PetscCall(FieldFacesMake(i >= 0 ? &s->dim[i] : &none, b->lower[k], b->upper[k], &b->faces[k]));
  start  = b->faces[k].at[0];
  end    = b->faces[k].at[b->faces[k].n];
  length = end - start;
  slack  = fmax(b->faces[k].slack, 1e-3 * b->h[k]);
  if (length > b->period[k] + slack || (how != FIELD_MEANS && length < b->period[k] - slack)) b->period[k] = 0;
  if (!(b->period[k] > 0) && (start < b->lower[k] || end > b->upper[k])) b->sticks_out = PETSC_TRUE;
  if (i >= 0) PetscCall(CheckCover(b, k, how));
  PetscCall(FieldWeightsMake(&b->faces[k], how, &axis, b->period[k], &b->weights[k]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode BridgeCreate(FieldSource *s, FieldInterpolation how, Bridge *b)
{
  PetscReal    lower[3], upper[3], h[3];
  GridBoundary boundary[3];

  PetscFunctionBegin;
  memset(b, 0, sizeof *b);
  b->source = s;
  ArrangeAxes(b);
  PetscCall(GridGetBox(s->file->grid, lower, upper));
  PetscCall(GridGetSpacing(s->file->grid, h));
  PetscCall(GridGetBoundary(s->file->grid, boundary));
  PetscCall(TellFilling(s));
  for (int i = 0; i < s->layout.rank; i++) PetscCall(Straighten(s, i));
  for (int k = 0; k < 3 && !s->file->failure[0]; k++) {
    const int a = b->axis[k] < 0 ? -1 : s->layout.rank - 1 - b->axis[k];

    b->lower[k]  = a < 0 ? 0 : (double)lower[a];
    b->upper[k]  = a < 0 ? 1 : (double)upper[a];
    b->h[k]      = a < 0 ? 1 : (double)h[a];
    b->period[k] = a >= 0 && boundary[a] == GRID_PERIODIC ? b->upper[k] - b->lower[k] : 0;
    PetscCall(MakeAxis(b, k, how));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode BridgeDestroy(Bridge *b)
{
  PetscFunctionBegin;
  for (int k = 0; k < 3; k++) {
    PetscCall(FieldWeightsFree(&b->weights[k]));
    PetscCall(PetscFree(b->faces[k].at));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* How many planes to read at once, in whole chunks where that can be. */
static hsize_t PlanesAtOnce(const FieldSource *s, hsize_t plane)
{
  const hid_t plan = H5Dget_create_plist(s->dataset);
  hsize_t     chunk[H5S_MAX_RANK], planes = PetscMax(1, PLANES_VALUES / PetscMax(plane, 1));

  if (H5Pget_layout(plan) == H5D_CHUNKED && H5Pget_chunk(plan, H5S_MAX_RANK, chunk) == s->rank) {
    const hsize_t thick = chunk[s->lead];

    if (thick <= planes)
      planes -= planes % thick;
    else if (thick <= CHUNK_VALUES / PetscMax(plane, 1))
      planes = thick;
  }
  (void)H5Pclose(plan);
  return planes;
}

/* Reads planes `at` and after, rows and columns as given. */
static herr_t ReadPlanes(Bridge *b, hsize_t at, hsize_t planes, const hsize_t first[], const hsize_t width[], PetscScalar *a,
                         FieldGaps *gaps)
{
  hsize_t start[3] = {0}, extent[3] = {1, 1, 1};

  for (int k = 0; k < 3; k++) {
    if (b->axis[k] < 0) continue;
    start[b->axis[k]]  = k ? first[k] : at;
    extent[b->axis[k]] = k ? width[k] : planes;
  }
  return FieldSourceReadBlock(b->source, start, extent, PETSC_FALSE, a, gaps);
}

/* One plane of the file, rows x columns, to the rows and columns of this rank; `half` is work: rows x columns of ours. */
static void Spread(const Bridge *b, const PetscScalar plane[], hsize_t rows, hsize_t columns, PetscReal half[], PetscReal out[])
{
  const FieldWeights *y = &b->weights[1], *x = &b->weights[2];
  const hsize_t       n = b->cells[2];

  for (hsize_t j = 0; j < rows; j++)
    for (hsize_t c = 0; c < n; c++) {
      PetscReal sum = 0;

      for (PetscInt e = x->first[c]; e < x->first[c + 1]; e++)
        sum += x->entry[e].weight * PetscRealPart(plane[j * columns + x->entry[e].from - x->least]);
      half[j * n + c] = sum;
    }
  for (hsize_t r = 0; r < b->cells[1]; r++)
    for (hsize_t c = 0; c < n; c++) {
      PetscReal sum = 0;

      for (PetscInt e = y->first[r]; e < y->first[r + 1]; e++) sum += y->entry[e].weight * half[(y->entry[e].from - y->least) * n + c];
      out[r * n + c] = sum;
    }
}

/* Adds a plane of the file to those planes of this rank that it is part of. */
static void Deposit(const Bridge *b, hsize_t plane, const PetscReal spread[], PetscScalar a[])
{
  const FieldWeights *z = &b->weights[0];
  const hsize_t       n = b->cells[1] * b->cells[2];

  for (hsize_t k = 0; k < b->cells[0]; k++)
    for (PetscInt e = z->first[k]; e < z->first[k + 1]; e++)
      if (z->entry[e].from == plane)
        for (hsize_t c = 0; c < n; c++) a[k * n + c] += z->entry[e].weight * spread[c];
}

/* Makes walls 1; the least of values that may not be negative, which a mean or a line between two would hide. */
static double Prepare(FieldInterpolation how, hsize_t n, PetscScalar a[])
{
  double least = 0;

  for (hsize_t c = 0; c < n; c++) {
    if (how == FIELD_WALLS && !PetscIsNanScalar(a[c])) a[c] = PetscRealPart(a[c]) > 0;
    if (how != FIELD_VALUES) least = fmin(least, (double)PetscRealPart(a[c]));
  }
  return least;
}

static herr_t Cross(Bridge *b, FieldInterpolation how, PetscScalar a[], FieldGaps *gaps, double *least)
{
  const hsize_t first[3] = {b->weights[0].least, b->weights[1].least, b->weights[2].least}, end = b->weights[0].end;
  const hsize_t width[3] = {end - first[0], b->weights[1].end - first[1], b->weights[2].end - first[2]}, plane = width[1] * width[2];
  const hsize_t planes = PetscMin(PlanesAtOnce(b->source, plane), PetscMax(width[0], 1));
  PetscScalar  *values = malloc(PetscMax(planes * plane, 1) * sizeof *values);
  PetscReal    *half   = calloc(PetscMax(width[1] * b->cells[2], 1), sizeof *half);
  PetscReal    *spread = calloc(b->cells[1] * b->cells[2], sizeof *spread);
  herr_t        status = values && half && spread ? 0 : -1;

  for (hsize_t at = first[0]; at < end && plane && status >= 0; at += planes) {
    const hsize_t count = PetscMin(planes, end - at);

    status = ReadPlanes(b, at, count, first, width, values, gaps);
    if (status >= 0) *least = fmin(*least, Prepare(how, count * plane, values));
    for (hsize_t p = 0; p < count && status >= 0; p++) {
      Spread(b, values + p * plane, width[1], width[2], half, spread);
      Deposit(b, at + p, spread, a);
    }
  }
  free(values);
  free(half);
  free(spread);
  return status;
}

/* The part of each cell of the file along an axis that lies in the box. */
static PetscErrorCode SharesInside(const Bridge *b, int k, double **share)
{
  PetscFunctionBegin;
  PetscCall(PetscMalloc1(b->faces[k].n, share));
  for (hsize_t i = 0; i < b->faces[k].n; i++)
    (*share)[i] = b->period[k] > 0 ? 1 : FieldShareInside(&b->faces[k], i, b->lower[k], b->upper[k]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The mass of one plane, whole and beyond the box. */
static void AddPlane(const Bridge *b, double *const share[], hsize_t plane, const PetscScalar a[], Sum sum[2])
{
  const FieldFaces *z = &b->faces[0], *y = &b->faces[1], *x = &b->faces[2];

  for (hsize_t j = 0; j < y->n; j++)
    for (hsize_t i = 0; i < x->n; i++) {
      const PetscReal rho    = PetscRealPart(a[j * x->n + i]);
      const double    volume = (z->at[plane + 1] - z->at[plane]) * (y->at[j + 1] - y->at[j]) * (x->at[i + 1] - x->at[i]);

      if (PetscIsNanReal(rho)) continue;
      SumAddOne(&sum[0], (double)rho * volume);
      SumAddOne(&sum[1], (double)rho * volume * (1 - share[0][plane] * share[1][j] * share[2][i]));
    }
}

/* Sums over all planes of the file; the ranks share them. */
static PetscErrorCode SumPlanes(Bridge *b, Sum sum[2], herr_t *status)
{
  const hsize_t  width[3] = {b->faces[0].n, b->faces[1].n, b->faces[2].n}, first[3] = {0};
  const MPI_Comm comm = b->source->file->comm;
  PetscMPIInt    rank, size;
  PetscScalar   *plane;
  double        *share[3];
  FieldGaps      gaps = {0};

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(PetscMalloc1(width[1] * width[2], &plane));
  for (int k = 0; k < 3; k++) PetscCall(SharesInside(b, k, &share[k]));
  for (hsize_t at = (hsize_t)rank; at < width[0] && *status >= 0; at += (hsize_t)size) {
    *status = ReadPlanes(b, at, 1, first, width, plane, &gaps);
    if (*status >= 0) AddPlane(b, share, at, plane, sum);
  }
  for (int k = 0; k < 3; k++) PetscCall(PetscFree(share[k]));
  PetscCall(PetscFree(plane));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Says how much of the mass of the file lies beyond the box; a box that most of it misses is another one than was meant. */
static PetscErrorCode TellLoss(Bridge *b)
{
  FieldSource *s      = b->source;
  Sum          sum[2] = {{{0}, {0}}, {{0}, {0}}};
  PetscReal    mass[2];
  herr_t       status = 0;

  PetscFunctionBegin;
  if (!b->sticks_out) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SumPlanes(b, sum, &status));
  PetscCall(SumAllreduce(s->file->comm, 2, sum, mass));
  PetscCall(FieldFileFail(s->file, (PetscBool)(status < 0), "is damaged: dataset '%s' cannot be read", s->name));
  PetscCall(FieldFileFail(s->file, (PetscBool)(mass[1] > 0.5 * mass[0]),
                          "has %.3g %% of the mass of dataset '%s' beyond the box; a larger one (-grid_lower, -grid_upper) holds it",
                          100 * (double)(mass[1] / mass[0]), s->name));
  if (mass[1] > 0 && !s->file->failure[0])
    PetscCall(PetscPrintf(s->file->comm, "%s: %.3g of the mass %.6g in '%s' (%.3g %%) is beyond the box and left out\n", s->file->option,
                          (double)mass[1], (double)mass[0], s->file->path, 100 * (double)(mass[1] / mass[0])));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldSourceInterpolate - the cells of this rank from those of the file, wherever these lie. Collective. */
PetscErrorCode FieldSourceInterpolate(FieldSource *s, FieldInterpolation how, Vec v, FieldGaps *gaps)
{
  Bridge       bridge;
  PetscScalar *a;
  PetscInt     n;
  double       mine   = 0, least;
  herr_t       status = 0;

  PetscFunctionBegin;
  if (s->file->failure[0]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(BridgeCreate(s, how, &bridge));
  PetscCall(VecGetLocalSize(v, &n));
  PetscCall(VecSet(v, 0));
  PetscCall(VecGetArray(v, &a));
  if (!s->file->failure[0]) status = Cross(&bridge, how, a, gaps, &mine);
  for (PetscInt c = 0; c < n && how == FIELD_WALLS; c++) a[c] = PetscIsNanScalar(a[c]) ? a[c] : PetscRealPart(a[c]) > WALL_SHARE;
  PetscCall(VecRestoreArray(v, &a));
  PetscCall(FieldFileFail(s->file, (PetscBool)(status < 0), "is damaged: dataset '%s' cannot be read", s->name));
  PetscCallMPI(MPI_Allreduce(&mine, &least, 1, MPI_DOUBLE, MPI_MIN, s->file->comm));
  PetscCall(FieldFileFail(s->file, (PetscBool)(least < 0), "goes down to %g in dataset '%s'; no value may be negative", least, s->name));
  if (!s->file->failure[0] && how == FIELD_MEANS) PetscCall(TellLoss(&bridge));
  PetscCall(BridgeDestroy(&bridge));
  PetscFunctionReturn(PETSC_SUCCESS);
}
