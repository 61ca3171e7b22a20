using System.Text;
using LoraFunctions.Diffusion.Training;
using LoraFunctions.EndToEnd.Nightly;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Showroom.Cars;
using LoraFunctions.Showroom.Rendering;
using LoraFunctions.Showroom.Scenes;
using LoraFunctions.Showroom.SmallModels;

namespace LoraFunctions.EndToEnd.Training;

/// <summary>What <c>lora train</c> needs, in a folder of its own: the small base model, drawn photos with captions, and a YAML.</summary>
internal sealed class TrainingStage : IDisposable
{
    public const string Name = "car";

    private const string Metadata = "metadata.csv";

    private readonly TemporaryFolder _folder = new();

    public TrainingStage() => SmallModel.WriteStableDiffusion(_folder.Below("base"));

    public string Below(string name) => _folder.Below(name);

    /// <summary>Starts <c>lora train</c>.</summary>
    /// <param name="output">Where it writes to; made by it.</param>
    /// <param name="settings">The YAML's lines but for <c>output_dir</c>; paths in it start at the stage's folder.</param>
    public LoraProcess Train(string output, string settings)
    {
        string yaml = _folder.Below($"{Path.GetFileName(output)}.yaml");
        File.WriteAllText(yaml, $"output_dir: {output}\n{settings}\n");
        return Lora("train", "--config", yaml, "--name", Name);
    }

    /// <summary>Starts any command.</summary>
    public LoraProcess Lora(params string[] arguments) =>
        LoraProcess.Start(_folder.Path, new Dictionary<string, string>(StringComparer.Ordinal), arguments);

    /// <summary>Step of the newest whole checkpoint; 0 where there is none.</summary>
    public static long CheckpointStep(string output) =>
        Directory.Exists(output) ? TrainingCheckpoint.Newest(Path.Combine(output, "checkpoints"))?.Step ?? 0 : 0;

    /// <summary>SHA-256 of everything a finished training leaves, by name.</summary>
    public static SortedDictionary<string, string> Files(string output) => NightFiles.Digests(output, "*");

    /// <summary>Draws photos with captions: all views, paints and places.</summary>
    public void DrawPhotos(string name, CarModel model, int count)
    {
        string folder = Directory.CreateDirectory(_folder.Below(name)).FullName;
        var captions = new StringBuilder();
        var renderer = new SceneRenderer();
        for (int i = 0; i < count; i++)
        {
            var shot = new CarShot(model.Design, Paint.All[i / 4 % Paint.All.Count], (View)(i % 6), (Facing)(i % 2));
            var scene = new Scene((Place)(i % 5), [shot], Seed: i);
            File.WriteAllBytes(Path.Combine(folder, $"img{i:00}.png"), ImageCodec.EncodePng(renderer.Draw(scene, 192, 128).Image));
            captions.Append($"img{i:00}.png,\"{model.DisplayName}, {shot.Paint.Name} paint, {Captions.ViewOf(shot)}\"\n");
        }

        File.WriteAllText(Path.Combine(folder, Metadata), captions.ToString());
    }

    public void Dispose() => _folder.Dispose();
}
