using LoraFunctions.Jobs.Training;

namespace LoraFunctions.Jobs.Tests.Training;

/// <summary>Four photos and a YAML that train in a moment on <see cref="TinyModels.StableDiffusion"/> in <c>base</c>.</summary>
internal static class TinyTraining
{
    public static TrainingRequest Request(TemporaryFolder folder, string name, string more = "")
    {
        string[] captions = ["front view", "side view", "rear view", "interior"];
        for (var i = 0; i < captions.Length; i++)
        {
            TestPictures.WritePng(folder.Below(name, "photos", $"p{i}.png"), 96, 80, seed: i + name.Length);
        }

        folder.Write($"{name}/photos/metadata.csv", string.Concat(captions.Select((c, i) => $"p{i}.png,\"Tesla Model Y, {c}\"\n")));
        return new TrainingRequest
        {
            Configurations =
            [
                folder.Write(
                    $"{name}/{name}.yaml",
                    $"""
                    train_data_dir: photos
                    base_model: ../base
                    output_dir: out
                    resolution: 64
                    lora_rank: 2
                    lora_dropout: 0.1
                    learning_rate: 1e-3
                    batch_size: 2
                    epochs: 2
                    save_steps: 1
                    {more}
                    """),
            ],
            DisplayName = "Tesla Model Y",
        };
    }
}
