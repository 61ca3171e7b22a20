using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Models.Layers;

/// <summary>
/// Group norm (and SiLU) over channels-last fp32 on the CPU, for inference. Torch's own kernel for that layout sums squares naively: at
/// 512x512 pixels and a mean of ten deviations it is off by 1e-4, which golden set c does not forgive. Here every chunk of rows has its own
/// mean and squared deviations, joined as Chan, Golub and LeVeque (1979) do, which is as exact as torch's kernel for the other layout;
/// and the activation costs no second pass. Results do not depend on the number of threads.
/// </summary>
internal static unsafe class GroupNormKernel
{
    private const int ChunkBytes = 64 << 10; // stays in the first cache levels between the sum and the squares
    private const long ParallelFrom = 4 << 20; // below, waking a second thread costs more than it saves

    public static bool CanRun(Tensor image)
    {
        if (Activations.IsRecorded(image) || image.dtype != ScalarType.Float32 || image.device_type != DeviceType.CPU || image.dim() != 4
            || image.numel() is 0 or >= int.MaxValue / 4)
        {
            return false;
        }

        using var nhwc = image.permute(0, 2, 3, 1);
        return nhwc.is_contiguous();
    }

    /// <param name="image">[B, C, H, W]; <see cref="CanRun"/> was true.</param>
    /// <returns>A new tensor of the same shape and layout.</returns>
    public static Tensor Run(Tensor image, long groups, Tensor weight, Tensor bias, double epsilon, bool silu)
    {
        using var scope = NewDisposeScope();
        var shape = image.shape;
        var result = empty(shape[0], shape[2], shape[3], shape[1]);
        var job = new Job(
            Pointer(image.permute(0, 2, 3, 1)), Pointer(result), Pointer(weight), Pointer(bias), (int)shape[0], (int)(shape[2] * shape[3]),
                (int)shape[1], (int)groups);
        job.For(job.MeasureChunk);
        job.Join(epsilon);
        job.For(silu ? job.ApplySilu : job.Apply);
        return result.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    // Native memory: the span is only a way to its address.
    private static float* Pointer(Tensor tensor) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    private sealed class Job
    {
        private readonly float* input;
        private readonly float* output;
        private readonly float* weight;
        private readonly float* bias;
        private readonly int batch;
        private readonly int rows;
        private readonly int channels;
        private readonly int groups;
        private readonly int chunkRows;
        private readonly int chunks;
        private readonly (double Mean, double Squares)[] moments;
        private readonly float[] centres;
        private readonly float[] scales;
        private readonly float[] shifts;

        public Job(float* input, float* output, float* weight, float* bias, int batch, int rows, int channels, int groups)
        {
            this.input = input;
            this.output = output;
            this.weight = weight;
            this.bias = bias;
            (this.batch, this.rows, this.channels, this.groups) = (batch, rows, channels, groups);
            chunkRows = Math.Max(1, ChunkBytes / (channels * sizeof(float)));
            chunks = (rows + chunkRows - 1) / chunkRows;
            moments = new (double, double)[batch * chunks * groups];
            centres = new float[batch * channels];
            scales = new float[batch * channels];
            shifts = new float[batch * channels];
        }

        public void For(Action<int> work)
        {
            var count = batch * chunks;
            if ((long)batch * rows * channels < ParallelFrom)
            {
                for (var i = 0; i < count; i++)
                {
                    work(i);
                }

                return;
            }

            var threads = Math.Max(1, get_num_threads());
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
            {
                for (var i = (int)((long)count * thread / threads); i < (int)((long)count * (thread + 1) / threads); i++)
                {
                    work(i);
                }
            });
        }

        /// <summary>Mean and sum of squared deviations of each group within one chunk.</summary>
        public void MeasureChunk(int index)
        {
            var (sample, first, last) = Range(index);
            var perGroup = channels / groups;
            var buffer = new float[channels * 3];
            fixed (float* sums = buffer)
            {
                var means = sums + channels;
                var squares = sums + (channels * 2);
                for (var row = first; row < last; row++)
                {
                    var x = Row(input, sample, row);
                    var c = 0;
                    for (; c <= channels - Vector256<float>.Count; c += Vector256<float>.Count)
                    {
                        (Vector256.Load(sums + c) + Vector256.Load(x + c)).Store(sums + c);
                    }

                    for (; c < channels; c++)
                    {
                        sums[c] += x[c];
                    }
                }

                var count = (double)(last - first) * perGroup;
                for (var c = 0; c < channels; c += perGroup)
                {
                    var mean = (float)(Sum(sums, c, perGroup) / count);
                    new Span<float>(means + c, perGroup).Fill(mean);
                }

                new Span<float>(sums, channels).Clear();
                for (var row = first; row < last; row++)
                {
                    var x = Row(input, sample, row);
                    var c = 0;
                    for (; c <= channels - Vector256<float>.Count; c += Vector256<float>.Count)
                    {
                        var deviation = Vector256.Load(x + c) - Vector256.Load(means + c);
                        (Vector256.Load(sums + c) + deviation).Store(sums + c);
                        (Vector256.Load(squares + c) + (deviation * deviation)).Store(squares + c);
                    }

                    for (; c < channels; c++)
                    {
                        var deviation = x[c] - means[c];
                        sums[c] += deviation;
                        squares[c] += deviation * deviation;
                    }
                }

                // The mean was rounded to a float, so the deviations do not quite cancel.
                for (var (c, g) = (0, 0); c < channels; c += perGroup, g++)
                {
                    var rest = Sum(sums, c, perGroup);
                    moments[(index * groups) + g] = (means[c] + (rest / count), Sum(squares, c, perGroup) - (rest * rest / count));
                }
            }
        }

        /// <summary>
        /// Joins the chunks' moments to (x - centre) * scale + shift for each channel. The centre is the mean rounded to a float, so the
        /// difference is exact to the last bit however far off zero the input lies; what the rounding took is part of the shift.
        /// </summary>
        public void Join(double epsilon)
        {
            var perGroup = channels / groups;
            for (var sample = 0; sample < batch; sample++)
            {
                for (var g = 0; g < groups; g++)
                {
                    var (count, mean, squares) = (0.0, 0.0, 0.0);
                    for (var chunk = 0; chunk < chunks; chunk++)
                    {
                        var index = (sample * chunks) + chunk;
                        var (_, first, last) = Range(index);
                        var more = (double)(last - first) * perGroup;
                        var part = moments[(index * groups) + g];
                        var difference = part.Mean - mean;
                        squares += part.Squares + (difference * difference * count * more / (count + more));
                        mean += difference * more / (count + more);
                        count += more;
                    }

                    var inverse = 1 / Math.Sqrt((squares / count) + epsilon);
                    for (var c = g * perGroup; c < (g + 1) * perGroup; c++)
                    {
                        var at = (sample * channels) + c;
                        centres[at] = (float)mean;
                        scales[at] = (float)(weight[c] * inverse);
                        shifts[at] = (float)(bias[c] - ((mean - centres[at]) * inverse * weight[c]));
                    }
                }
            }
        }

        public void Apply(int index)
        {
            var (sample, first, last) = Range(index);
            fixed (float* centre = &centres[sample * channels], scale = &scales[sample * channels], shift = &shifts[sample * channels])
            {
                for (var row = first; row < last; row++)
                {
                    var x = Row(input, sample, row);
                    var y = Row(output, sample, row);
                    var c = 0;
                    for (; c <= channels - Vector256<float>.Count; c += Vector256<float>.Count)
                    {
                        (((Vector256.Load(x + c) - Vector256.Load(centre + c)) * Vector256.Load(scale + c)) + Vector256.Load(shift + c))
                            .Store(y + c);
                    }

                    for (; c < channels; c++)
                    {
                        y[c] = ((x[c] - centre[c]) * scale[c]) + shift[c];
                    }
                }
            }
        }

        public void ApplySilu(int index)
        {
            var (sample, first, last) = Range(index);
            fixed (float* centre = &centres[sample * channels], scale = &scales[sample * channels], shift = &shifts[sample * channels])
            {
                for (var row = first; row < last; row++)
                {
                    var x = Row(input, sample, row);
                    var y = Row(output, sample, row);
                    var c = 0;
                    for (; c <= channels - Vector256<float>.Count; c += Vector256<float>.Count)
                    {
                        var normed = ((Vector256.Load(x + c) - Vector256.Load(centre + c)) * Vector256.Load(scale + c))
                            + Vector256.Load(shift + c);
                        (normed / (Vector256<float>.One + Vector256.Exp(-normed))).Store(y + c);
                    }

                    for (; c < channels; c++)
                    {
                        var normed = ((x[c] - centre[c]) * scale[c]) + shift[c];
                        y[c] = normed / (1 + MathF.Exp(-normed));
                    }
                }
            }
        }

        private static double Sum(float* values, int start, int count)
        {
            double sum = 0;
            for (var i = start; i < start + count; i++)
            {
                sum += values[i];
            }

            return sum;
        }

        private (int Sample, int First, int Last) Range(int index)
        {
            var first = index % chunks * chunkRows;
            return (index / chunks, first, Math.Min(rows, first + chunkRows));
        }

        private float* Row(float* start, int sample, int row) => start + ((((long)sample * rows) + row) * channels);
    }
}
