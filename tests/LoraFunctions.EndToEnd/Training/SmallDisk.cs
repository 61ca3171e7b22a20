using System.Diagnostics;

namespace LoraFunctions.EndToEnd.Training;

/// <summary>A file system of a few megabytes in memory; mounting one takes root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    private string Filler => Path.Combine(Folder, "filler");

    /// <returns>Null where mounting is not allowed.</returns>
    public static SmallDisk? TryMount(string folder, int megabytes, out string reason)
    {
        Directory.CreateDirectory(folder);
        return Run(out reason, "mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "none", folder) ? new SmallDisk(folder) : null;
    }

    /// <summary>Takes what is free now; what is deleted later becomes free again.</summary>
    public void Fill()
    {
        byte[] page = new byte[4096];
        using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                filler.Write(page);
            }
        }
        catch (IOException)
        {
            // That was the last page.
        }
    }

    public void MakeRoom() => File.Delete(Filler);

    public void Dispose() => Run(out _, "umount", "--lazy", Folder);

    private static bool Run(out string error, string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            error = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            error = exception.Message;
            return false;
        }
    }
}
