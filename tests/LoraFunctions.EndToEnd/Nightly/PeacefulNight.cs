using LoraFunctions.EndToEnd.Nightly;

[assembly: AssemblyFixture(typeof(PeacefulNight))]

namespace LoraFunctions.EndToEnd.Nightly;

/// <summary>The demo, run once without a disturbance when the first test asks for it; what other nights are compared with.</summary>
public sealed class PeacefulNight : IAsyncDisposable
{
    public const string Date = "2025-03-01";

    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<Task> _run;

    public PeacefulNight() => _run = new Lazy<Task>(RunOnceAsync);

    public string Folder => _folder.Below("peaceful");

    public int ExitCode { get; private set; } = -1;

    public string Output { get; private set; } = string.Empty;

    public Task EnsureAsync() => _run.Value;

    private async Task RunOnceAsync()
    {
        using LoraProcess night = LoraProcess.StartNight(Folder, Date);
        ExitCode = await night.EndAsync(TestContext.Current.CancellationToken);
        Output = night.Output;
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
