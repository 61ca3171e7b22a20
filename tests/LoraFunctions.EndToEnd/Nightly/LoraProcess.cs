using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace LoraFunctions.EndToEnd.Nightly;

/// <summary>The real command line as a process of its own.</summary>
internal sealed class LoraProcess : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    /// <summary>The host of this runtime itself: a kill must meet the command, and a <c>dotnet</c> in the path may be a script around it.</summary>
    private static readonly string Host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    private readonly Process _process;
    private readonly string _folder;
    private readonly ConcurrentQueue<string> _lines = new();

    private LoraProcess(Process process, string folder)
    {
        _process = process;
        _folder = folder;
    }

    public string Output => string.Join('\n', _lines);

    public bool HasEnded => _process.HasExited;

    /// <param name="folder">Of the night; its log is watched.</param>
    /// <param name="settings">Environment variables.</param>
    public static LoraProcess Start(string folder, IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo(Host)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        // Small models gain nothing from a second thread, and lose much when other tests run beside them.
        start.Environment["OMP_NUM_THREADS"] = "1";
        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "lora.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start)!;
        var lora = new LoraProcess(process, folder);
        process.OutputDataReceived += (_, line) => lora.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => lora.Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return lora;
    }

    /// <summary>The demo's night, with fewer steps and smaller pictures than the demo's own configuration asks for.</summary>
    public static LoraProcess StartNight(string folder, string date)
    {
        LayShortNight(folder);
        return Start(folder, new Dictionary<string, string>(StringComparer.Ordinal), "nightly", "--demo", "--photos-per-model", "12", "--folder", folder, "--date", date);
    }

    /// <summary>Its configuration.</summary>
    public static void LayShortNight(string folder)
    {
        Lay(folder, "training/default.yaml", "lora_rank: 4\nlora_dropout: 0.1\nlearning_rate: 1e-3\nbatch_size: 4\nepochs: 8\nsave_steps: 4\n"
            + "resolution: 64\nbucket_step: 32\n");
        Lay(folder, "comparisons.yaml", "seeds: [1, 2]\nscenes:\n  city-street: city street\n  night: street at night\n"
            + "templates:\n  side-by-side:\n    prompt: \"{left} and {right}, <lora:{left_lora}:{strength}> <lora:{right_lora}:{strength}> {scene}\"\n"
            + "    lora_strength: 0.7\n    width: 192\n    height: 128\n    steps: 8\n    best_of: 2\nrule:\n  same_segment: false\n  max_pairs: 4\n");
    }

    private static void Lay(string folder, string name, string yaml)
    {
        string path = Path.Combine(folder, "config", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, yaml);
    }

    /// <summary>Waits for a line of the night's log that was written after this process began to be watched.</summary>
    /// <param name="logBefore">Length of the log when the process was started.</param>
    public async Task<string> WaitForLogAsync(long logBefore, Func<string, bool> isIt, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool ended = _process.HasExited;
            if (LogLines(_folder, logBefore).FirstOrDefault(isIt) is { } line)
            {
                return line;
            }

            if (ended)
            {
                throw new InvalidOperationException($"The night ended (exit code {_process.ExitCode}) without what "
                    + $"was waited for:\n{Output}");
            }

            await Task.Delay(Look, cancellationToken);
        }
    }

    /// <summary>Lines of a night's log.</summary>
    /// <param name="from">Bytes to skip.</param>
    /// <param name="to">Bytes to read up to; null: all.</param>
    public static IReadOnlyList<string> LogLines(string folder, long from = 0, long? to = null)
    {
        string log = Path.Combine(folder, "night.log");
        if (!File.Exists(log))
        {
            return [];
        }

        using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        long end = Math.Min(to ?? stream.Length, stream.Length);
        byte[] bytes = new byte[Math.Max(0, end - from)];
        stream.Position = Math.Min(from, stream.Length);
        stream.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public static long LogLength(string folder)
    {
        var log = new FileInfo(Path.Combine(folder, "night.log"));
        return log.Exists ? log.Length : 0;
    }

    /// <summary>SIGKILL, to this process alone: whatever it started is left to itself.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>SIGKILL to the storage emulator.</summary>
    public void KillStorage()
    {
        int pid = int.Parse(File.ReadAllText(Path.Combine(_folder, "storage", "host.pid")), CultureInfo.InvariantCulture);
        using var node = Process.GetProcessById(pid);
        node.Kill();
        node.WaitForExit();
    }

    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}
