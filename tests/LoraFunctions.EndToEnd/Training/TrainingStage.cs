using System.Security.Cryptography;
using System.Text;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.EndToEnd.Nightly;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Showroom.Drawings;
using LoraFunctions.Showroom.SmallModels;

namespace LoraFunctions.EndToEnd.Training;

/// <summary>What <c>lora train</c> needs, in a folder of its own: the small base model, drawn photos with captions, and a YAML.</summary>
internal sealed class TrainingStage : IDisposable
{
    private const string Name = "aurora";
    private const string Captions = "metadata.csv";

    private readonly TemporaryFolder _folder = new();

    /// <param name="photos">How many photos there are.</param>
    /// <param name="settings">YAML without the paths.</param>
    public TrainingStage(int photos, string settings)
    {
        SmallModel.WriteStableDiffusion(_folder.Below("base"));
        DrawPhotos(photos);
        Settings = settings;
    }

    public string Settings { get; }

    public string Below(string name) => _folder.Below(name);

    /// <summary>Starts the real program.</summary>
    /// <param name="output">Where it writes to; made by it.</param>
    /// <param name="settings">YAML that comes after that of the stage.</param>
    public LoraProcess Start(string output, string settings = "")
    {
        string yaml = _folder.Below($"{Path.GetFileName(output)}.yaml");
        File.WriteAllText(yaml, $"base_model: base\ntrain_data_dir: photos\noutput_dir: {output}\n{Settings}{settings}");
        return LoraProcess.Start(_folder.Path, new Dictionary<string, string>(StringComparer.Ordinal), "train", "--config", yaml, "--name", Name);
    }

    /// <summary>Step of the newest whole checkpoint; 0 where there is none.</summary>
    public static long CheckpointStep(string output) =>
        Directory.Exists(output) ? TrainingCheckpoint.Newest(Path.Combine(output, "checkpoints"))?.Step ?? 0 : 0;

    /// <summary>SHA-256 of everything a finished training leaves, by name.</summary>
    public static SortedDictionary<string, string> Files(string output)
    {
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories))
        {
            digests[Path.GetRelativePath(output, file)] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
        }

        return digests;
    }

    public void Dispose() => _folder.Dispose();

    private void DrawPhotos(int count)
    {
        string folder = Directory.CreateDirectory(_folder.Below("photos")).FullName;
        var captions = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            var shot = new CarShot(
                CarModelDesign.AuroraSedan,
                (CarView)(i % 4),
                Paint.All[i / 4 % Paint.All.Count],
                i % 3 == 0 ? Background.Plain : Background.Street,
                i % 5 == 4 ? Lighting.Night : Lighting.Day,
                Seed: i);
            File.WriteAllBytes(Path.Combine(folder, $"img{i:00}.png"), ImageCodec.EncodePng(CarDrawing.Draw(shot, 192, 128)));
            captions.Append($"img{i:00}.png,\"Aurora sedan, {shot.Paint.Name} paint, {shot.View} view\"\n");
        }

        File.WriteAllText(Path.Combine(folder, Captions), captions.ToString());
    }
}
