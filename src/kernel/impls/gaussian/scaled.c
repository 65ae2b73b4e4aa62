/* The fast way, level 0: block floating point. Values are v 2^E with one integer E per segment of a row (see rows.c), so that an
   application costs one exponential and one logarithm per cell and otherwise what the linear one costs.

   x and y are fused: strips of columns, down which a window of x-passed rows slides; z follows on the stored planes. Along y and z
   ranks exchange what the pass before made of their boundary layers, which are therefore done first; the messages travel while
   the interior is computed. */
#include "gaussian.h"

static PetscErrorCode SendAlongX(Application *apply)
{
  const KernelGaussian *plan  = apply->plan;
  const PetscInt        width = plan->width[0], lines = plan->cells / width;
  const PetscInt       *layer;
  PetscInt              count;
  PetscReal            *send;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Kernel_Halo, 0, 0, 0, 0));
  PetscCall(HaloGetSendLayers(plan->axis[0].halo, &count, &layer));
  PetscCall(HaloBegin(plan->axis[0].halo, lines, &send));
  for (PetscInt k = 0; k < count; k++)
    for (PetscInt p = 0; p < lines; p++) send[k * lines + p] = apply->in[p * width + layer[k]];
  PetscCall(HaloSend(plan->axis[0].halo));
  PetscCall(PetscLogEventEnd(Kernel_Halo, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ReceiveAlong(Application *apply, PetscInt axis)
{
  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Kernel_Halo, 0, 0, 0, 0));
  PetscCall(HaloEnd(apply->plan->axis[axis].halo, &apply->ghost[axis]));
  PetscCall(PetscLogEventEnd(Kernel_Halo, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The x pass on the rows that others need, columns from .. to - 1, into the messages along y. */
static PetscErrorCode FillMessages(Application *apply, PetscInt from, PetscInt to)
{
  KernelGaussian *plan  = apply->plan;
  const PetscInt  width = plan->width[0], depth = plan->width[2], record = RecordLength(width);
  const PetscInt *layer;
  PetscInt        count;

  PetscFunctionBegin;
  PetscCall(HaloGetSendLayers(plan->axis[1].halo, &count, &layer));
  for (PetscInt first = 0; first < count * depth; first += GROUP)
    for (PetscInt x0 = from; x0 < to; x0 += plan->strip) {
      const PetscInt rows = PetscMin(GROUP, count * depth - first);
      PetscInt       line[GROUP];
      PetscReal     *out[GROUP];
      Segment       *segment[GROUP];

      for (PetscInt l = 0; l < rows; l++) {
        PetscReal *row = apply->sent + (first + l) * record;

        line[l]    = layer[(first + l) / depth] + plan->width[1] * ((first + l) % depth);
        out[l]     = row + x0;
        segment[l] = RecordSegments(row, width) + x0 / SEGMENT;
      }
      RowsPass(apply, rows, line, x0, PetscMin(plan->strip, to - x0), out, segment);
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The messages along y; the columns that need no ghosts along x are done while those travel. */
static PetscErrorCode SendAlongY(Application *apply)
{
  KernelGaussian *plan = apply->plan;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Kernel_Halo, 0, 0, 0, 0));
  PetscCall(HaloBegin(plan->axis[1].halo, plan->width[2] * RecordLength(plan->width[0]), &apply->sent));
  PetscCall(PetscLogEventEnd(Kernel_Halo, 0, 0, 0, 0));
  PetscCall(FillMessages(apply, plan->inner[0], plan->inner[1]));
  PetscCall(ReceiveAlong(apply, 0));
  PetscCall(FillMessages(apply, 0, plan->inner[0]));
  PetscCall(FillMessages(apply, plan->inner[1], plan->width[0]));
  PetscCall(PetscLogEventBegin(Kernel_Halo, 0, 0, 0, 0));
  PetscCall(HaloSend(plan->axis[1].halo));
  PetscCall(PetscLogEventEnd(Kernel_Halo, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The cells x0 .. x0 + m - 1 of a record of the whole width, as a record of their own. */
static void RecordCopy(const KernelGaussian *plan, PetscReal from[], PetscInt x0, PetscInt m, PetscReal to[])
{
  const Segment *segment = RecordSegments(from, plan->width[0]) + x0 / SEGMENT;

  for (PetscInt c = 0; c < RecordPitch(m); c += SIMD_WIDTH) SimdStore(to + c, SimdLoad(from + x0 + c));
  for (PetscInt s = 0; s * SEGMENT < m; s++) RecordSegments(to, m)[s] = segment[s];
}

/* The x-passed rows at positions from .. to - 1 of the window along y, in plane k, as records of m cells: copied where they are known. */
static PetscErrorCode FillRows(Application *apply, PetscInt k, PetscInt x0, PetscInt m, PetscInt from, PetscInt to, PetscReal rows[])
{
  KernelGaussian *plan   = apply->plan;
  const PetscInt  height = plan->width[1], depth = plan->width[2], record = RecordLength(m), whole = RecordLength(plan->width[0]);
  PetscInt        line[GROUP], pending = 0;
  PetscReal      *out[GROUP];
  Segment        *segment[GROUP];
  const PetscInt *map;

  PetscFunctionBegin;
  PetscCall(HaloGetMap(plan->axis[1].halo, NULL, &map));
  for (PetscInt j = from; j < to; j++, rows += record) {
    const PetscInt i = map[j];

    if (i >= height) {
      if (!apply->ghost[1]) PetscCall(ReceiveAlong(apply, 1));
      RecordCopy(plan, (PetscReal *)apply->ghost[1] + ((i - height) * depth + k) * whole, x0, m, rows);
    } else if (plan->sent[i] >= 0) {
      RecordCopy(plan, apply->sent + (plan->sent[i] * depth + k) * whole, x0, m, rows);
    } else {
      line[pending]    = i + height * k;
      out[pending]     = rows;
      segment[pending] = RecordSegments(rows, m);
      pending++;
    }
    if (pending == GROUP || (pending && j == to - 1)) {
      RowsPass(apply, pending, line, x0, m, out, segment);
      pending = 0;
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One block along y: to the result, or to the planes that wait for the pass along z. */
static void BlockAlongY(Application *apply, PetscInt k, PetscInt x0, PetscInt m, PetscInt y, PetscInt n, PetscReal rows[])
{
  KernelGaussian *plan  = apply->plan;
  const PetscInt  width = plan->width[0], record = RecordLength(width), line = y + plan->width[1] * k;

  for (PetscInt s = 0; s * SEGMENT < m; s++) {
    const PetscInt cells = PetscMin(SEGMENT, m - s * SEGMENT), x = x0 + s * SEGMENT;
    const Rows     window = {rows + s * SEGMENT, RecordSegments(rows, m) + s, RecordLength(m)};

    if (plan->axis[2].radius) {
      PetscReal *to     = plan->planes.data + line * record;
      Segment    result = {0, 0};

      BlockConvolve(apply, 1, window, n, cells, to + x, record, &result);
      for (PetscInt i = 0; i < n; i++) RecordSegments(to + i * record, width)[x / SEGMENT] = result;
    } else
      BlockFinish(apply, 1, window, n, cells, x + width * line, width);
  }
}

/* Rows first .. last - 1 of a strip of plane k: the window of x-passed rows slides down. */
static PetscErrorCode StripAlongY(Application *apply, PetscInt k, PetscInt x0, PetscInt m, PetscInt first, PetscInt last)
{
  KernelGaussian *plan   = apply->plan;
  const PetscInt  record = RecordLength(m), margin = 2 * plan->axis[1].radius;
  PetscReal      *rows = plan->rows.data;
  PetscInt        base = first, end = first; /* positions of the window that `rows` holds */

  PetscFunctionBegin;
  for (PetscInt y = first; y < last; y += BLOCK) {
    const PetscInt n = PetscMin(BLOCK, last - y);

    if (y - base >= KEEP) {
      PetscCall(PetscArraymove(rows, rows + (y - base) * record, (end - y) * record));
      base = y;
    }
    PetscCall(FillRows(apply, k, x0, m, end, y + n + margin, rows + (end - base) * record));
    end = y + n + margin;
    BlockAlongY(apply, k, x0, m, y, n, rows + (y - base) * record);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x and y on rows first .. last - 1 of plane k. */
static PetscErrorCode PlaneAlongY(Application *apply, PetscInt k, PetscInt first, PetscInt last)
{
  const KernelGaussian *plan = apply->plan;

  PetscFunctionBegin;
  for (PetscInt x0 = 0; x0 < plan->width[0]; x0 += plan->strip)
    PetscCall(StripAlongY(apply, k, x0, PetscMin(plan->strip, plan->width[0] - x0), first, last));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SendAlongZ(Application *apply)
{
  KernelGaussian *plan  = apply->plan;
  const PetscInt  plane = plan->width[1] * RecordLength(plan->width[0]);
  const PetscInt *layer;
  PetscInt        count;
  PetscReal      *send;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Kernel_Halo, 0, 0, 0, 0));
  PetscCall(HaloGetSendLayers(plan->axis[2].halo, &count, &layer));
  PetscCall(HaloBegin(plan->axis[2].halo, plane, &send));
  for (PetscInt s = 0; s < count; s++) PetscCall(PetscArraycpy(send + s * plane, plan->planes.data + layer[s] * plane, plane));
  PetscCall(HaloSend(plan->axis[2].halo));
  PetscCall(PetscLogEventEnd(Kernel_Halo, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  x and y on all planes. While the ghosts along y travel, the rows of some planes that need none; then the planes that others
  need; while those travel, the rest. In a plane, the rows that need ghosts of the lower side come last.
*/
static PetscErrorCode PlanesAlongY(Application *apply)
{
  KernelGaussian *plan   = apply->plan;
  const PetscInt  height = plan->width[1], depth = plan->width[2];

  PetscFunctionBegin;
  for (PetscInt k = 0; k < depth; k++)
    if (plan->order[k] == PLANE_EARLY) PetscCall(PlaneAlongY(apply, k, plan->free[0], plan->free[1]));
  for (PetscInt round = 0; round < 2; round++) {
    for (PetscInt k = 0; k < depth; k++) {
      if ((plan->order[k] == PLANE_FIRST) == (round == 1)) continue;
      PetscCall(PlaneAlongY(apply, k, plan->order[k] == PLANE_EARLY ? plan->free[1] : plan->free[0], height));
      PetscCall(PlaneAlongY(apply, k, 0, plan->free[0]));
    }
    if (round == 0) PetscCall(SendAlongZ(apply));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* z: pencils of columns, whose whole window is copied together. */
static PetscErrorCode PencilsAlongZ(Application *apply)
{
  KernelGaussian *plan  = apply->plan;
  const PetscInt *width = plan->width, whole = RecordLength(width[0]), positions = width[2] + 2 * plan->axis[2].radius;
  const PetscInt *map;

  PetscFunctionBegin;
  PetscCall(ReceiveAlong(apply, 2));
  PetscCall(HaloGetMap(plan->axis[2].halo, NULL, &map));
  for (PetscInt y = 0; y < width[1]; y++)
    for (PetscInt x0 = 0; x0 < width[0]; x0 += plan->pencil) {
      const PetscInt m = PetscMin(plan->pencil, width[0] - x0), record = RecordLength(m);

      for (PetscInt j = 0; j < positions; j++) {
        const PetscReal *from =
            map[j] < width[2] ? plan->planes.data + map[j] * width[1] * whole : apply->ghost[2] + (map[j] - width[2]) * width[1] * whole;

        RecordCopy(plan, (PetscReal *)from + y * whole, x0, m, plan->rows.data + j * record);
      }
      for (PetscInt z = 0; z < width[2]; z += BLOCK)
        for (PetscInt s = 0; s * SEGMENT < m; s++) {
          PetscReal *rows   = plan->rows.data + z * record;
          const Rows window = {rows + s * SEGMENT, RecordSegments(rows, m) + s, record};

          BlockFinish(apply, 2, window, PetscMin(BLOCK, width[2] - z), PetscMin(SEGMENT, m - s * SEGMENT),
                      x0 + s * SEGMENT + width[0] * (y + width[1] * z), width[0] * width[1]);
        }
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ScaledReserve(KernelGaussian *plan)
{
  const PetscInt strip = RecordLength(PetscMin(plan->strip, plan->width[0])), pencil = RecordLength(PetscMin(plan->pencil, plan->width[0]));

  PetscFunctionBegin;
  PetscCall(RowsReserve(plan));
  PetscCall(BlockReserve(plan));
  PetscCall(ScratchReserve(
      &plan->rows, PetscMax((KEEP + BLOCK + 2 * plan->axis[1].radius) * strip, (plan->width[2] + 2 * plan->axis[2].radius) * pencil)));
  if (plan->axis[2].radius) PetscCall(ScratchReserve(&plan->planes, plan->width[1] * plan->width[2] * RecordLength(plan->width[0])));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out = K in, log(K e^in) or p - log(K e^in) on this rank's cells, unless apply->failed. Collective. */
PetscErrorCode KernelGaussianApplyScaled(Application *apply)
{
  PetscFunctionBegin;
  PetscCall(ScaledReserve(apply->plan));
  PetscCall(SendAlongX(apply));
  PetscCall(SendAlongY(apply));
  PetscCall(PlanesAlongY(apply));
  if (!apply->ghost[1]) PetscCall(ReceiveAlong(apply, 1)); /* every exchange that began is ended */
  if (apply->plan->axis[2].radius) PetscCall(PencilsAlongZ(apply));
  PetscFunctionReturn(PETSC_SUCCESS);
}
