using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests;

public sealed class PictureFolderTests
{
    [Theory]
    [InlineData("a.jpg", FileKind.Photo, null)]
    [InlineData("a.JFIF", FileKind.Photo, null)]
    [InlineData("3_car/b.Tiff", FileKind.Photo, null)]
    [InlineData("IMG_1.HEIC", FileKind.Refused, "HEIC")]
    [InlineData("a.avif", FileKind.Refused, "convert it to JPEG")]
    [InlineData("clip.mov", FileKind.Refused, "video")]
    [InlineData(".DS_Store", FileKind.Ignored, "'.DS_Store'")]
    [InlineData("._a.jpg", FileKind.Ignored, "'._a.jpg'")]
    [InlineData("@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg", FileKind.Ignored, "'@eaDir'")]
    [InlineData("thumbs.DB", FileKind.Ignored, "left behind")]
    [InlineData("notes.txt", FileKind.Ignored, "does not end in .jpg, .jpeg")]
    [InlineData("README", FileKind.Ignored, "does not end in")]
    public void Of_AName_SaysWhatBecomesOfTheFile(string name, FileKind kind, string? reason)
    {
        var file = NamedFile.Of(name);

        (file.Name, file.Kind).ShouldBe((name, kind));
        (file.Reason ?? "").ShouldContain(reason ?? "");
        (file.Reason is null).ShouldBe(kind == FileKind.Photo);
    }

    [Fact]
    public void Files_OfAFolder_AreAllNamedAndJunkFoldersOnce()
    {
        var folder = Directory.CreateTempSubdirectory("lora-folder-").FullName;
        try
        {
            foreach (var name in new[] { "b.jpg", "A.PNG", "x/c.jfif", "@eaDir/b.jpg", "@eaDir/c.jpg", ".git/config", "old.heic", "notes.txt" })
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
                File.WriteAllText(Path.Combine(folder, name), "");
            }

            PictureFolder.Files(folder).Select(file => (file.Name, file.Kind)).ShouldBe(
            [
                (".git/", FileKind.Ignored), ("@eaDir/", FileKind.Ignored), ("A.PNG", FileKind.Photo), ("b.jpg", FileKind.Photo),
                ("notes.txt", FileKind.Ignored), ("old.heic", FileKind.Refused), ("x/c.jfif", FileKind.Photo),
            ]);
            PictureFolder.Names(folder).ShouldBe(["A.PNG", "b.jpg", "x/c.jfif"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
