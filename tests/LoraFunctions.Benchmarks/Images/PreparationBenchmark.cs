using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Contracts;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Jobs.Preparation;

namespace LoraFunctions.Benchmarks.Images;

/// <summary>What <c>lora prepare</c> costs beside the decoding alone, over the same files, on as many threads; exit code 1 beyond twice as long.</summary>
internal static class PreparationBenchmark
{
    private const int Distinct = 60;
    private const double MostTimes = 2;

    public static void Run(int photos)
    {
        var folder = Directory.CreateTempSubdirectory("lora-benchmark-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "vehicle.json"), "{}");
            Draw(Path.Combine(folder, "drawn"), Math.Min(photos, Distinct));
            Prepare(folder, Math.Min(photos, 8));
            var few = Prepare(folder, Math.Max(1, photos / 4));

            // Decoding before and after: on a machine that others use too it is the same load on average.
            var before = Decode(folder);
            var all = Prepare(folder, photos);
            var after = Decode(folder);
            var decoding = (Seconds: photos * (before.Seconds + after.Seconds) / (before.Photos + after.Photos), Processor: photos * (before.Processor + after.Processor) / (before.Photos + after.Photos));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{photos} photos of 12 megapixels: decoding alone {decoding.Seconds:f1} s ({decoding.Processor:f1} s of processors), lora prepare {all.Seconds:f1} s ({all.Processor:f1} s): {all.Seconds / decoding.Seconds:f2} times as long ({all.Processor / decoding.Processor:f2} of processors; at most {MostTimes}); most memory {all.Memory:f2} GB, of a quarter of the photos {few.Memory:f2} GB"));
            Environment.ExitCode = all.Processor > MostTimes * decoding.Processor ? 1 : Environment.ExitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // The drawn pictures, once; the photos are links to them.
    private static (int Photos, double Seconds, double Processor) Decode(string folder)
    {
        var files = Directory.GetFiles(Path.Combine(folder, "drawn"));
        var (seconds, processor) = Timed(() => Parallel.ForEach(
            Partitioner.Create(files, loadBalance: true), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, file => ImageCodec.Open(File.ReadAllBytes(file)).Dispose()));
        return (files.Length, seconds, processor);
    }

    private static void Draw(string folder, int photos)
    {
        Directory.CreateDirectory(folder);
        for (var i = 0; i < photos; i++)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{i:00}.jpg"), ImageCodec.EncodeJpeg(ImageBenchmark.Draw(4000, 3000, i), ImageBenchmark.PhotoQuality));
        }
    }

    // Links to what was drawn: thousands of photos need no more room than some dozens, and cost all their time.
    private static (double Seconds, double Processor, double Memory) Prepare(string folder, int count)
    {
        var drawn = Directory.GetFiles(Path.Combine(folder, "drawn")).Order(StringComparer.Ordinal).ToArray();
        var photos = Directory.CreateDirectory(Path.Combine(folder, $"photos{count}")).FullName;
        for (var i = 0; i < count; i++)
        {
            File.CreateSymbolicLink(Path.Combine(photos, $"{i:0000}.jpg"), drawn[i % drawn.Length]);
        }

        ResidentMemory.ResetPeak();
        var (seconds, processor) = Timed(() => new PreparationJob().Run(new PreparationRequest
        {
            PhotosFolder = photos,
            VehicleFile = Path.Combine(folder, "vehicle.json"),
            Vehicle = new Vehicle(1, "Make", "Model", "", 2024, "suv", 1, true, [], DateTimeOffset.UnixEpoch),
            OutputFolder = Path.Combine(folder, $"set{count}"),
        }));
        return (seconds, processor, ResidentMemory.Peak);
    }

    // On a machine that others use too the processors' time says more.
    private static (double Seconds, double Processor) Timed(Action work)
    {
        var (watch, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        work();
        return (watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
    }
}
