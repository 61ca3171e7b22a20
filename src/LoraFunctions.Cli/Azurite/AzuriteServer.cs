using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LoraFunctions.Cli.Azurite;

/// <summary>
/// A running Azurite on free ports of this machine: in memory, or keeping its state in a folder. It never outlives this process:
/// its host script closes it when our end of a pipe goes, even when this process is killed.
/// </summary>
public sealed class AzuriteServer : IAsyncDisposable
{
    private const string ReadyMark = "ready ";

    // The one well-known account of every emulator; not a secret.
    private const string Account = "devstoreaccount1";
    private const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Longer than the host script's own limit for closing, so that a predecessor still saving is waited for.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(25);

    private readonly Process _process;

    private AzuriteServer(Process process, IReadOnlyDictionary<string, string> addresses)
    {
        _process = process;
        BlobEndpoint = new Uri($"{addresses["blob"]}/{Account}");
        QueueEndpoint = new Uri($"{addresses["queue"]}/{Account}");
        TableEndpoint = new Uri($"{addresses["table"]}/{Account}");
    }

    public Uri BlobEndpoint { get; }

    public Uri QueueEndpoint { get; }

    public Uri TableEndpoint { get; }

    /// <summary>For the storage SDK's clients.</summary>
    public string ConnectionString => string.Create(
        CultureInfo.InvariantCulture,
        $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={AccountKey};"
        + $"BlobEndpoint={BlobEndpoint};QueueEndpoint={QueueEndpoint};TableEndpoint={TableEndpoint};");

    /// <summary>Id of the process that serves, for tests that kill it.</summary>
    public int ProcessId => _process.Id;

    /// <summary>
    /// The predecessor in the same folder was killed and could not save its last moments: some blobs may have lost
    /// their content or may be missing; <see cref="AzuriteRepair"/> finds and removes the former.
    /// </summary>
    public bool PredecessorWasKilled { get; private set; }

    /// <summary>In memory: everything is gone when it is disposed.</summary>
    /// <param name="say">Gets a line for a person when something takes long.</param>
    /// <exception cref="AzuriteException">It cannot be installed or started.</exception>
    public static async Task<AzuriteServer> StartInMemoryAsync(Action<string>? say = null, CancellationToken cancellationToken = default)
    {
        string installation = await AzuriteInstallation.EnsureAsync(say, cancellationToken);
        return await StartAsync(installation, null, cancellationToken);
    }

    /// <summary>
    /// Keeps its state in the folder, which is made when missing. One server a folder: the caller sees to it that no other process starts
    /// one.
    /// </summary>
    /// <param name="say">Gets a line for a person when something takes long or is amiss.</param>
    /// <exception cref="AzuriteException">It cannot be installed or started.</exception>
    public static async Task<AzuriteServer> StartInFolderAsync(
        string folder,
        Action<string>? say = null,
        CancellationToken cancellationToken = default)
    {
        string installation = await AzuriteInstallation.EnsureAsync(say, cancellationToken);
        folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(folder);
        bool killed = await AzuriteState.WaitForPredecessorAsync(folder, CloseTimeout, say, cancellationToken);
        string? aside = AzuriteState.MoveAsideIfDamaged(folder);
        if (aside is not null)
        {
            say?.Invoke($"The state of the storage emulator was damaged when it was killed. It lies in {aside} now; "
                + "the storage begins empty.");
        }

        AzuriteServer server = await StartAsync(installation, folder, cancellationToken);
        server.PredecessorWasKilled = killed && aside is null;
        return server;
    }

    /// <summary>Lets Azurite save and close; kills it only when it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            using var limit = new CancellationTokenSource(CloseTimeout);
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (IOException)
        {
            // It has gone already.
        }

        _process.Dispose();
    }

    private static async Task<AzuriteServer> StartAsync(string installation, string? folder, CancellationToken cancellationToken)
    {
        string[] where = folder is null ? ["--memory"] : ["--location", folder];
        Process process = AzuriteInstallation.Start("node", [AzuriteInstallation.HostScript, .. where], installation);
        var errors = new StringBuilder();
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.BeginErrorReadLine();

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartTimeout);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.StartsWith(ReadyMark, StringComparison.Ordinal))
                {
                    var addresses = JsonSerializer.Deserialize<Dictionary<string, string>>(line[ReadyMark.Length..])!;

                    // Read on, or a full pipe would stop it one day.
                    _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                    return new AzuriteServer(process, addresses);
                }
            }

            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new AzuriteException(
                $"Azurite did not start within {StartTimeout.TotalSeconds:0} seconds. Run the command again when the machine is less busy.",
                exception);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        string[] lines = errors.ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        string reason = lines.LastOrDefault() ?? "it gave no reason";
        throw new AzuriteException($"Azurite ended at its start with exit code {process.ExitCode}: {reason}");
    }
}
