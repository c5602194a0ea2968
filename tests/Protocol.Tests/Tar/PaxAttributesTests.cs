using System.Text;
using StreamBack.Protocol.Tar;

namespace StreamBack.Protocol.Tests.Tar;

/// <summary>Whichever tool wrote the same attributes and access lists, they are the same; anything else is something else.</summary>
public sealed class PaxAttributesTests
{
    [Theory]
    [InlineData("SCHILY.xattr.user.a=1", "LIBARCHIVE.xattr.user.a=MQ")]
    [InlineData("SCHILY.xattr.user.a=1", "LIBARCHIVE.xattr.user.a=MQ|SCHILY.xattr.user.a=1")]
    [InlineData("SCHILY.xattr.user.a=1|SCHILY.xattr.user.b=2", "SCHILY.xattr.user.b=2|SCHILY.xattr.user.a=1")]
    [InlineData("SCHILY.xattr.user.a b=", "LIBARCHIVE.xattr.user.a%20b=")]
    [InlineData("SCHILY.acl.access=user::rw-,group::r--,other::r--,user:12:r--,mask::r--", "SCHILY.acl.access=user::rw-\nuser:12:r--\ngroup::r--\nmask::r--\nother::r--\n")]
    [InlineData("SCHILY.acl.access=user:daemon:r--:1,mask::r--", "SCHILY.acl.access=user:daemon:r--\nmask::r--\n|SCHILY.xattr.system.posix_acl_access=any")]
    [InlineData("", "SCHILY.acl.access=user::rwx\ngroup::r-x\nother::r-x\n")]
    [InlineData("", "path=a|mtime=1|comment=none")]
    public void The_same_is_the_same(string one, string other) => Assert.Equal(Hash(one), Hash(other));

    [Theory]
    [InlineData("", "SCHILY.xattr.user.a=")]
    [InlineData("SCHILY.xattr.user.a=1", "SCHILY.xattr.user.a=2")]
    [InlineData("SCHILY.xattr.user.a=1", "SCHILY.xattr.user.b=1")]
    [InlineData("LIBARCHIVE.xattr.user.a=MQ", "LIBARCHIVE.xattr.user.a=Mg")]
    [InlineData("LIBARCHIVE.xattr.user.a=?", "LIBARCHIVE.xattr.user.a=!")]
    [InlineData("", "SCHILY.xattr.system.posix_acl_access=any")]
    [InlineData("", "SCHILY.acl.default=user::rwx\ngroup::r-x\nother::r-x\n")]
    [InlineData("SCHILY.acl.access=user:12:r--,mask::r--", "SCHILY.acl.access=user:12:rw-,mask::r--")]
    [InlineData("SCHILY.acl.access=user:12:r--,mask::r--", "SCHILY.acl.default=user:12:r--,mask::r--")]
    [InlineData("", "SCHILY.fflags=nodump")]
    [InlineData("", "RHT.security.selinux=any")]
    public void What_differs_differs(string one, string other) => Assert.NotEqual(Hash(one), Hash(other));

    private static ulong Hash(string records)
    {
        var attributes = default(PaxAttributes);
        var split = records.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(record => record.Split('=', 2));
        var reader = new PaxRecords(Encoding.UTF8.GetBytes(string.Concat(split.Select(pair => TarBuilder.Record(pair[0], pair[1])))));
        while (reader.MoveNext())
            attributes.Add(reader);
        Assert.False(reader.IsMalformed);
        return attributes.Hash;
    }
}
