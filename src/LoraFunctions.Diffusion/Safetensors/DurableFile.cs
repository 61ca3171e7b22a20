using System.Runtime.InteropServices;

namespace LoraFunctions.Diffusion.Safetensors;

/// <summary>Gives a file that was written and flushed under another name its own, so that it survives a power cut under it.</summary>
internal static partial class DurableFile
{
    // What file systems answer that have nothing to flush for a folder: EINVAL, EROFS, ENOTSUP.
    private static readonly int[] s_harmless = [22, 30, 95];

    /// <summary>Renames over whatever has the name; then the folder itself is flushed to the disk, for the name is an entry in it.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Rename(string partial, string path)
    {
        File.Move(partial, path, overwrite: true);
        if (OperatingSystem.IsLinux())
        {
            FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
    }

    // .NET opens no folders.
    private static void FlushFolder(string folder)
    {
        const int ReadOnly = 0;
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
        {
            // A folder one may write to but not read.
            return;
        }

        try
        {
            if (Flush(descriptor) != 0 && Marshal.GetLastPInvokeError() is var error && !s_harmless.Contains(error))
            {
                throw new IOException($"The folder {folder} cannot be flushed to the disk: {Marshal.GetPInvokeErrorMessage(error)}.");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
