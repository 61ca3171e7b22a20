using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace LoraFunctions.Cli.Azurite;

/// <summary>
/// Azurite from npm, exactly as <c>infra/azurite/package-lock.json</c> pins it, in a folder of the user's own that is named after the lock
/// file.
/// Installed once, beside its final place, and renamed: an interrupted installation is never taken for a whole one.
/// </summary>
internal static class AzuriteInstallation
{
    private const string NodeAdvice =
        "Install Node.js 20 or newer with npm (https://nodejs.org; on Debian and Ubuntu: apt-get install nodejs npm) "
            + "and run the command again.";

    private static readonly string[] Files = ["package.json", "package-lock.json", ".npmrc"];

    /// <summary>What runs Azurite; its working folder is the installation.</summary>
    public static string HostScript => Path.Combine(AppContext.BaseDirectory, "azurite", "host.mjs");

    /// <summary>The installation's folder, with <c>node_modules</c> in it.</summary>
    /// <exception cref="AzuriteException">No Node.js, no npm, or npm could not install.</exception>
    public static async Task<string> EnsureAsync(Action<string>? say, CancellationToken cancellationToken)
    {
        string source = Path.Combine(AppContext.BaseDirectory, "azurite");
        string home = Home();
        string final = Path.Combine(home, $"azurite-{Fingerprint(source)}");
        if (Directory.Exists(final))
        {
            return final;
        }

        await CheckAsync("node", cancellationToken);
        await CheckAsync("npm", cancellationToken);

        // Several test processes may want it at once; the first installs, the others wait. The system drops the lock of a killed one.
        using FileStream mine = await FileLock.WaitAsync(Path.Combine(home, "azurite.lock"), cancellationToken);
        if (Directory.Exists(final))
        {
            return final;
        }

        say?.Invoke("Installing Azurite, the storage emulator, from npm (once; about 190 MB) ...");
        foreach (string abandoned in Directory.GetDirectories(home, "installing-*"))
        {
            Directory.Delete(abandoned, recursive: true);
        }

        string staging = Path.Combine(home, $"installing-{Environment.ProcessId}");
        Directory.CreateDirectory(staging);
        foreach (string file in Files)
        {
            File.Copy(Path.Combine(source, file), Path.Combine(staging, file));
        }

        await NpmAsync(staging, Path.Combine(home, "npm-ci.log"), cancellationToken);
        Directory.Move(staging, final);
        return final;
    }

    private static async Task NpmAsync(string folder, string log, CancellationToken cancellationToken)
    {
        using Process npm = Start("npm", ["ci"], folder);
        npm.StandardInput.Close();
        Task<string> output = npm.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> errors = npm.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await npm.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            npm.Kill(entireProcessTree: true);
            throw;
        }

        string all = await output + await errors;
        await File.WriteAllTextAsync(log, all, cancellationToken);
        if (npm.ExitCode != 0)
        {
            string[] lines = all.Split('\n');
            string reason = lines.FirstOrDefault(line => line.StartsWith("npm error", StringComparison.Ordinal) && line.Length > 16)?.Trim()
                ?? "it gave no reason";
            throw new AzuriteException(
                $"npm ci could not install Azurite (exit code {npm.ExitCode}: {reason}). Its whole output is in {log}. "
                + "Check that npm can reach its registry (npm ping) and run the command again.");
        }
    }

    private static async Task CheckAsync(string program, CancellationToken cancellationToken)
    {
        using Process process = Start(program, ["--version"], Path.GetTempPath());
        process.StandardInput.Close();
        string version = (await process.StandardOutput.ReadToEndAsync(cancellationToken)).Trim();
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new AzuriteException($"'{program} --version' ended with exit code {process.ExitCode}. {NodeAdvice}");
        }

        if (program == "node" && Version.TryParse(version.TrimStart('v'), out Version? number) && number.Major < 20)
        {
            throw new AzuriteException($"Node.js is {version}; Azurite needs 20 or newer. {NodeAdvice}");
        }
    }

    internal static Process Start(string program, IEnumerable<string> arguments, string folder)
    {
        // On Windows npm is a script, which only the shell finds.
        bool script = OperatingSystem.IsWindows() && program == "npm";
        var start = new ProcessStartInfo(script ? "cmd.exe" : program)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        if (script)
        {
            start.ArgumentList.Add("/c");
            start.ArgumentList.Add("npm");
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start) ?? throw new AzuriteException($"'{program}' could not be started. {NodeAdvice}");
        }
        catch (Win32Exception exception)
        {
            throw new AzuriteException(
                $"'{program}' was not found on the PATH; Azurite, the storage emulator, needs it. {NodeAdvice}",
                exception);
        }
    }

    private static string Home()
    {
        string user = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.DoNotVerify);
        string[] places = user.Length == 0 ? [AppContext.BaseDirectory] : [Path.Combine(user, "lora-functions"), AppContext.BaseDirectory];
        foreach (string place in places)
        {
            try
            {
                Directory.CreateDirectory(place);
                string probe = Path.Combine(place, $"probe-{Environment.ProcessId}");
                File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
                return place;
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
            {
                // A read-only home: the next place.
            }
        }

        throw new AzuriteException($"Azurite cannot be installed: neither {string.Join(" nor ", places)} can be written.");
    }

    private static string Fingerprint(string source)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Files)
        {
            hash.AppendData(File.ReadAllBytes(Path.Combine(source, file)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }
}
