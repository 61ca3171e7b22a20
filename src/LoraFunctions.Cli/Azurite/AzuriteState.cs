using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace LoraFunctions.Cli.Azurite;

/// <summary>What an earlier Azurite left in a folder.</summary>
internal static class AzuriteState
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Waits until the last one in this folder has saved and closed. True when it was killed instead, as its process file tells.
    /// </summary>
    /// <exception cref="AzuriteException">It does not end.</exception>
    public static async Task<bool> WaitForPredecessorAsync(
        string folder,
        TimeSpan limit,
        Action<string>? say,
        CancellationToken cancellationToken)
    {
        string mark = Path.Combine(folder, "host.pid");
        var waited = Stopwatch.StartNew();
        bool said = false;
        while (Read(mark) is { } text)
        {
            if (!int.TryParse(text, CultureInfo.InvariantCulture, out int pid) || !IsAzurite(pid))
            {
                // It may have ended properly since the file was read.
                bool killed = File.Exists(mark);
                File.Delete(mark);
                return killed;
            }

            if (waited.Elapsed > limit)
            {
                throw new AzuriteException($"Another Azurite (process {pid}) uses {folder} and does not end. End "
                    + "it, or use another folder.");
            }

            if (!said)
            {
                say?.Invoke("Waiting for the previous run's Azurite to save and close ...");
                said = true;
            }

            await Task.Delay(Pause, cancellationToken);
        }

        return false;
    }

    /// <summary>Where a state went that cannot be read; null when it can.</summary>
    public static string? MoveAsideIfDamaged(string folder)
    {
        if (!Directory.EnumerateFiles(folder, "__azurite_db_*.json").Any(IsDamaged))
        {
            return null;
        }

        int number = 1;
        while (Directory.Exists($"{folder}-damaged-{number}"))
        {
            number++;
        }

        string aside = $"{folder}-damaged-{number}";
        Directory.Move(folder, aside);
        Directory.CreateDirectory(folder);
        return aside;
    }

    private static bool IsDamaged(string file)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            using var document = JsonDocument.Parse(stream);
            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Process ids are given out again: where the system tells a process's command line, it must be ours.</summary>
    private static bool IsAzurite(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            string commandLine = $"/proc/{pid}/cmdline";
            return !process.HasExited
                && (!File.Exists(commandLine) || File.ReadAllText(commandLine).Contains("host.mjs", StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IOException)
        {
            return false;
        }
    }
}
