using LoraFunctions.EndToEnd.Nightly;
using LoraFunctions.Showroom.Cars;

namespace LoraFunctions.EndToEnd.Training;

/// <summary>A short training that nothing disturbed, to compare the disturbed ones with.</summary>
public sealed class PeacefulTraining : IAsyncLifetime
{
    /// <summary>Two photos of ten are held out, two go into a step.</summary>
    public const int Steps = 60;

    // A checkpoint a step, large enough to be caught in the middle of being written.
    private const string Settings = """
        base_model: base
        train_data_dir: photos
        resolution: 64
        batch_size: 2
        epochs: 15
        lora_rank: 16
        learning_rate: 1e-3
        target_modules: [attention, feed_forward, projections]
        validation_share: 0.2
        sample_every_epochs: 5
        sample_count: 2
        sample_steps: 2
        save_steps: 1
        """;

    public PeacefulTraining() => Stage.DrawPhotos("photos", CarModel.All[0], 10);

    internal TrainingStage Stage { get; } = new();

    internal string Folder => Stage.Below("peaceful");

    public async ValueTask InitializeAsync()
    {
        using LoraProcess training = Start(Folder);
        (await training.EndAsync(TestContext.Current.CancellationToken)).ShouldBe(0, training.Output);
    }

    /// <summary>Starts the same training with another output folder.</summary>
    internal LoraProcess Start(string output) => Stage.Train(output, Settings);

    public ValueTask DisposeAsync()
    {
        Stage.Dispose();
        return ValueTask.CompletedTask;
    }
}
