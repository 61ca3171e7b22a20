using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using LoraFunctions.Contracts;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Jobs.Preparation;

namespace LoraFunctions.Benchmarks.Images;

/// <summary>What <c>lora prepare</c> costs beside the decoding alone, over the same files, on as many threads.</summary>
internal static class PreparationBenchmark
{
    private const int Distinct = 20;

    public static void Run(int photos)
    {
        var folder = Directory.CreateTempSubdirectory("lora-benchmark-").FullName;
        try
        {
            var source = Path.Combine(folder, "photos");
            Directory.CreateDirectory(source);
            File.WriteAllText(Path.Combine(folder, "vehicle.json"), "{}");
            for (var i = 0; i < photos; i++)
            {
                File.WriteAllBytes(Path.Combine(source, $"{i:0000}.jpg"), i < Distinct ? ImageCodec.EncodeJpeg(ImageBenchmark.Draw(4000, 3000, i), 88) : File.ReadAllBytes(Path.Combine(source, $"{i % Distinct:0000}.jpg")));
            }

            var files = Directory.GetFiles(source).Order(StringComparer.Ordinal).ToArray();
            Prepare(folder, source, [.. files.Take(2)]);
            var few = Prepare(folder, source, [.. files.Take(photos / 4)]);
            ResidentMemory.ResetPeak();
            var decoding = Timed(() => Parallel.ForEach(Partitioner.Create(files, loadBalance: true), file => ImageCodec.Decode(File.ReadAllBytes(file))));
            var all = Prepare(folder, source, files);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{photos} photos of 12 megapixels: decoding {decoding.Seconds:f1} s ({decoding.Processor:f1} s of processors), lora prepare {all.Seconds:f1} s ({all.Processor:f1} s), {all.Seconds / decoding.Seconds:f2} times as long ({all.Processor / decoding.Processor:f2}; at most 2); most memory {all.Memory:f2} GB, of a quarter of them {few.Memory:f2} GB"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (double Seconds, double Processor, double Memory) Prepare(string folder, string source, string[] files)
    {
        var photos = Path.Combine(folder, $"some{files.Length}");
        if (files.Length < Directory.GetFiles(source).Length)
        {
            Directory.CreateDirectory(photos);
            files.ToList().ForEach(file => File.Copy(file, Path.Combine(photos, Path.GetFileName(file)), overwrite: true));
        }

        ResidentMemory.ResetPeak();
        var (seconds, processor) = Timed(() => new PreparationJob().Run(new PreparationRequest
        {
            PhotosFolder = Directory.Exists(photos) ? photos : source,
            VehicleFile = Path.Combine(folder, "vehicle.json"),
            Vehicle = new Vehicle(1, "Make", "Model", "", 2024, "suv", 1, true, [], DateTimeOffset.UnixEpoch),
            OutputFolder = Path.Combine(folder, $"set{files.Length}"),
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
